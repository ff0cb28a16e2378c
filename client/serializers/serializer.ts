/**
 * From values to what lies in a record, and back.
 * @module
 */

export interface Serializer<T> {
  /**
   * The bytes of a value, or a text that stands for its UTF-8; null for a tombstone or no key. The bytes are copied before
   * this is called again, so they may lie in a buffer that is used over and over.
   */
  serialize(value: T, topic: string): Uint8Array | string | null;
}

export interface Deserializer<T> {
  /** The value of the bytes, which are a view that may be kept. */
  deserialize(bytes: Uint8Array | null, topic: string): T;
}

/** Both ways. */
export interface Serde<T> extends Serializer<T>, Deserializer<T> {}

export function isSerializer(given: object): boolean {
  return "serialize" in given && typeof given.serialize === "function";
}

export function isDeserializer(given: object): boolean {
  return "deserialize" in given && typeof given.deserialize === "function";
}
