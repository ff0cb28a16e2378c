/**
 * Kafka's 128-bit ids (topics, directories) in Kafka's text form: 22 characters of base64url without padding.
 *
 * A `Uuid` in this program is always that text, so that ids compare with `===` and serve as Map keys. The text
 * is canonical: the last character carries 2 bits, the 4 below them are zero, and one id has one text.
 * The form and the reserved ids are those of Kafka's `org.apache.kafka.common.Uuid`.
 * @module
 */

/** 22 characters of base64url. */
export type Uuid = string;

/** "No id": what a message carries where no topic id is known. */
export const ZERO_UUID: Uuid = "AAAAAAAAAAAAAAAAAAAAAA";

/** Bytes of an id on the wire. */
export const UUID_SIZE = 16;

const TEXT_LENGTH = 22;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODE_OF_SIX_BITS = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const SIX_BITS_OF_CODE = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) SIX_BITS_OF_CODE[CODE_OF_SIX_BITS[value]!] = value;

/** The text of the 16 bytes at `position`; the caller has checked that they are there. */
export function uuidFromBytes(bytes: Uint8Array, position = 0): Uuid {
  const codes = CODE_OF_SIX_BITS;
  const a = bytes[position]! << 16 | bytes[position + 1]! << 8 | bytes[position + 2]!;
  const b = bytes[position + 3]! << 16 | bytes[position + 4]! << 8 | bytes[position + 5]!;
  const c = bytes[position + 6]! << 16 | bytes[position + 7]! << 8 | bytes[position + 8]!;
  const d = bytes[position + 9]! << 16 | bytes[position + 10]! << 8 | bytes[position + 11]!;
  const e = bytes[position + 12]! << 16 | bytes[position + 13]! << 8 | bytes[position + 14]!;
  const f = bytes[position + 15]!;
  if ((a | b | c | d | e | f) === 0) return ZERO_UUID;
  // One call with 22 arguments makes one flat string; joining characters would leave a rope to flatten later.
  return String.fromCharCode(
    codes[a >> 18]!,
    codes[a >> 12 & 63]!,
    codes[a >> 6 & 63]!,
    codes[a & 63]!,
    codes[b >> 18]!,
    codes[b >> 12 & 63]!,
    codes[b >> 6 & 63]!,
    codes[b & 63]!,
    codes[c >> 18]!,
    codes[c >> 12 & 63]!,
    codes[c >> 6 & 63]!,
    codes[c & 63]!,
    codes[d >> 18]!,
    codes[d >> 12 & 63]!,
    codes[d >> 6 & 63]!,
    codes[d & 63]!,
    codes[e >> 18]!,
    codes[e >> 12 & 63]!,
    codes[e >> 6 & 63]!,
    codes[e & 63]!,
    codes[f >> 2]!,
    codes[f << 4 & 63]!,
  );
}

/**
 * Writes the 16 bytes of `uuid` at `position`.
 * @throws {TypeError} if it is not the canonical text of an id.
 */
export function uuidToBytes(uuid: Uuid, into: Uint8Array, position = 0): void {
  if (!isUuid(uuid)) {
    throw new TypeError(
      `"${uuid}" is not an id: wanted 22 characters of base64url, such as ${ZERO_UUID}`,
    );
  }
  let group = 0;
  let at = position;
  for (let index = 0; index < TEXT_LENGTH; index++) {
    group = group << 6 | SIX_BITS_OF_CODE[uuid.charCodeAt(index)]!;
    if (index % 4 === 3) {
      into[at++] = group >> 16;
      into[at++] = group >> 8;
      into[at++] = group;
      group = 0;
    }
  }
  into[at] = group >> 4; // two characters are left: twelve bits, of which the lower four are zero
}

/** Whether `text` is the canonical text of an id. */
export function isUuid(text: string): boolean {
  if (text.length !== TEXT_LENGTH) return false;
  let bits = 0;
  for (let index = 0; index < TEXT_LENGTH; index++) {
    const code = text.charCodeAt(index);
    bits = code < 128 ? SIX_BITS_OF_CODE[code]! : -1;
    if (bits < 0) return false;
  }
  return (bits & 15) === 0;
}

/**
 * A new random id (version 4, as Kafka's). `randomBytes(16)` is asked again while the text would begin with "-":
 * Kafka does not hand such ids out, because command lines take them for an option.
 */
export function newUuid(randomBytes: (length: number) => Uint8Array): Uuid {
  for (;;) {
    const bytes = Uint8Array.from(randomBytes(UUID_SIZE));
    bytes[6] = bytes[6]! & 0x0f | 0x40;
    bytes[8] = bytes[8]! & 0x3f | 0x80;
    const text = uuidFromBytes(bytes);
    if (!text.startsWith("-")) return text;
  }
}
