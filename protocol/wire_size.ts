/**
 * How many bytes a value takes on the wire. Writers use these to know their size before the first byte;
 * each function must agree with what `Writer` writes, and a test compares them.
 * @module
 */

/** Bytes of an unsigned varint of 32 bits: 1 to 5. */
export function uvarintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  return 5;
}

/** Bytes of a zigzag varint of 32 bits. */
export function varintSize(value: number): number {
  return uvarintSize(((value << 1) ^ (value >> 31)) >>> 0);
}

/** Bytes of a zigzag varint of 64 bits: 1 to 10. */
export function varlongSize(value: number): number {
  // Zigzag maps n to 2n and -n to 2n - 1; seven bits a byte. Halving the borders keeps them exact in a double.
  const magnitude = value < 0 ? -value - 1 : value;
  let size = 1;
  for (let border = 64; magnitude >= border && size < 10; border *= 128) size++;
  return size;
}

/** Bytes of `text` in UTF-8. A lone surrogate counts as the three bytes of U+FFFD, which TextEncoder writes for it. */
export function utf8Size(text: string): number {
  const length = text.length;
  let size = length;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      size += 1;
      continue;
    }
    size += 2;
    if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < length) {
      const next = text.charCodeAt(index + 1);
      // A pair is two units and four bytes: two were counted by length, two just now.
      if (next >= 0xdc00 && next < 0xe000) index++;
    }
  }
  return size;
}
