/**
 * Bytes as they are.
 * @module
 */
import type { Serde, Serializer } from "./serializer.ts";

export const bytes: Serde<Uint8Array | null> = {
  serialize: (value) => value,
  deserialize: (value) => value,
};

/** What nobody has to think about: texts and bytes. */
export const passingSerializer: Serializer<Uint8Array | string | null | undefined> = {
  serialize(value) {
    if (value === null || value === undefined) return null;
    if (typeof value === "string" || value instanceof Uint8Array) return value;
    throw new TypeError(
      `a record has ${typeof value}, where without a serializer only texts, bytes (Uint8Array) and null are known`,
    );
  },
};
