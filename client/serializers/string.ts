/**
 * Texts as UTF-8.
 * @module
 */
import type { Serde } from "./serializer.ts";

const decoder = new TextDecoder();

export const string: Serde<string | null> = {
  serialize: (value) => value,
  deserialize: (bytes) => (bytes === null ? null : decoder.decode(bytes)),
};
