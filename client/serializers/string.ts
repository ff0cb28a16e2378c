/**
 * Texts as UTF-8.
 * @module
 */
import type { Serde } from "./serializer.ts";

// A byte order mark is a character of the text like others.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const string: Serde<string | null> = {
  serialize: (value) => value,
  deserialize: (bytes) => (bytes === null ? null : decoder.decode(bytes)),
};
