/**
 * Every message that has a table, for tests that hold for all of them.
 * @module
 */
import { apis } from "../../protocol/apis.ts";
import type { MessageCodec } from "../../protocol/codec.ts";
import { RequestHeader, ResponseHeader } from "../../protocol/messages/headers.ts";

/** A codec whose values' type is left open: tests make them from the table. */
export type AnyCodec = MessageCodec<unknown, Record<string, unknown>>;

export const codecs: readonly AnyCodec[] = [
  RequestHeader,
  ResponseHeader,
  ...[...apis.values()].flatMap(({ request, response }) => [request, response]),
].map((codec) => codec as unknown as AnyCodec);

/** Its versions, oldest first. */
export function versionsOf({ versions }: AnyCodec): number[] {
  return Array.from({ length: versions.max - versions.min + 1 }, (_, index) => versions.min + index);
}
