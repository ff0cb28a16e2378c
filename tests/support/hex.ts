/**
 * Bytes as tests write them down. (`Uint8Array.fromHex` is not in the types of the oldest Deno that is supported.)
 * @module
 */
import { Buffer } from "node:buffer";

/** "0001 ff" to bytes; blanks and line ends are for the reader. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new TypeError(`"${text}" is no pairs of hexadecimal digits`);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
