/**
 * Values as JSON.
 * @module
 */
import type { Serde } from "./serializer.ts";

const decoder = new TextDecoder();

/** null and undefined are no value: a tombstone. Throws a SyntaxError for bytes that are no JSON. */
export function json<T>(): Serde<T | null> {
  return {
    serialize: (value) => (value === null || value === undefined ? null : JSON.stringify(value)),
    deserialize: (bytes) => (bytes === null ? null : JSON.parse(decoder.decode(bytes)) as T),
  };
}
