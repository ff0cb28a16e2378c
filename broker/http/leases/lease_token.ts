/**
 * What a poller is given to name its lease by: the partition and a random id. To be sent back as it is.
 * @module
 */
import { Buffer } from "node:buffer";

export interface LeaseName {
  readonly partition: number;
  readonly id: string;
}

const ID_BYTES = 12;

export function newLeaseId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(ID_BYTES))).toString("base64url");
}

export function formatToken({ partition, id }: LeaseName): string {
  return `${partition}.${id}`;
}

/** undefined: it is none of ours. */
export function parseToken(token: string): LeaseName | undefined {
  const [, partition, id] = /^([0-9]{1,10})\.([A-Za-z0-9_-]{16})$/.exec(token) ?? [];
  return id === undefined ? undefined : { partition: Number(partition), id };
}
