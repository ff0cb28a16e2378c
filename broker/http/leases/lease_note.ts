/**
 * What is written beside a group's committed offset, in the metadata that Kafka keeps with it: who has the records from
 * that offset on, and for how long. So leases are as lasting as offsets, and every gateway of the cluster sees them.
 *
 *     {"milena":1,"lease":"q3…","to":1042,"until":1795247756745,"handed":[[1042,2]],"done":"x9…"}
 *
 * What others have written there is no note: metadata is anyone's, and theirs is written over.
 * @module
 */
import type { Handed } from "./handed.ts";

export interface LeaseNote {
  readonly lease?: LeaseTerms;
  readonly handed: Handed;
  /** What was committed last: it may be committed again without harm, as happens when an answer is lost. */
  readonly done?: string;
}

/** Who has the records from the committed offset to `to`. */
export interface LeaseTerms {
  readonly id: string;
  readonly to: number;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const VERSION = 1;

export function formatNote({ lease, handed, done }: LeaseNote): string {
  return JSON.stringify({
    milena: VERSION,
    ...lease === undefined ? {} : { lease: lease.id, to: lease.to, until: lease.until },
    ...handed.length === 0 ? {} : { handed },
    ...done === undefined ? {} : { done },
  });
}

/** undefined: it is no note. */
export function parseNote(metadata: string): LeaseNote | undefined {
  if (!metadata.startsWith('{"milena":')) return undefined;
  let parts: Record<string, unknown>;
  try {
    parts = JSON.parse(metadata);
  } catch {
    return undefined;
  }
  const { milena, lease, to, until, handed = [], done } = parts;
  if (milena !== VERSION || !Array.isArray(handed) || !handed.every(isHandout)) return undefined;
  return {
    handed,
    ...typeof lease === "string" && isCount(to) && isCount(until) ? { lease: { id: lease, to, until } } : {},
    ...typeof done === "string" ? { done } : {},
  };
}

function isHandout(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && value as number >= 0;
}
