/**
 * Text as C wants it.
 * @module
 */

const encoder = new TextEncoder();

/** `text` in UTF-8 with a closing zero byte. A zero inside would cut the name short unseen, so it is refused. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(`A name for the system must not contain a zero byte: ${JSON.stringify(text)}`);
  }
  return encoder.encode(`${text}\0`);
}
