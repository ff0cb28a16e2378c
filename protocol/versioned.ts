/**
 * Bytes that say their version themselves: an int16, then the body by a table of that version. So Kafka keeps what its
 * coordinators write into topics, and what members of a group tell each other.
 * @module
 */
import type { MessageCodec } from "./codec.ts";
import { Reader, Writer } from "./primitives.ts";

const VERSION_BYTES = 2;
const SCRATCH_BYTES = 1024;
const MAX_SCRATCH_BYTES = 65_536;

export interface Versioned<T> {
  readonly version: number;
  readonly value: T;
}

/** What is made is copied out of here: a writer for each costs more than the writing. */
let scratch = new Writer(SCRATCH_BYTES);

export function encodeVersioned<T, Input>(
  codec: MessageCodec<T, Input>,
  version: number,
  value: Input,
): Uint8Array {
  scratch.reset();
  scratch.int16(version);
  codec.encode(scratch, version, value);
  const bytes = scratch.bytes().slice();
  if (scratch.capacity > MAX_SCRATCH_BYTES) scratch = new Writer(SCRATCH_BYTES);
  return bytes;
}

/** The version that the bytes say; undefined if they are too short to say one. */
export function versionOf(bytes: Uint8Array): number | undefined {
  // Without a reader: it is asked of every record of a start.
  return bytes.length < VERSION_BYTES ? undefined : (bytes[0]! << 24 | bytes[1]! << 16) >> 16;
}

/**
 * What the bytes say; undefined if they are of a version that the table does not have, or cut short. Byte fields of it are
 * views. Bytes behind the body are passed over, as Kafka's clients do.
 */
export function decodeVersioned<T, Input>(
  codec: MessageCodec<T, Input>,
  bytes: Uint8Array,
): Versioned<T> | undefined {
  const reader = new Reader(bytes);
  const version = reader.int16();
  if (reader.failed || version < codec.versions.min || version > codec.versions.max) return undefined;
  const value = codec.decode(reader, version);
  return reader.failed ? undefined : { version, value };
}
