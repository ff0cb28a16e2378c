/**
 * The snappy block format: the decoded size as a varint, then literals and copies from what was decoded before.
 * Source: the snappy project's format_description.txt.
 *
 * An element begins with a tag byte, whose lowest two bits tell its kind:
 *
 * | bits | element                                                                                          |
 * |------|--------------------------------------------------------------------------------------------------|
 * | 00   | literal; length - 1 in the upper six bits, where 60 to 63 mean that it follows in 1 to 4 bytes    |
 * | 01   | copy; length - 4 in bits 2-4, distance in bits 5-7 (high) and one byte                            |
 * | 10   | copy; length - 1 in the upper six bits, distance in two bytes, little-endian                      |
 * | 11   | copy; length - 1 in the upper six bits, distance in four bytes, little-endian                     |
 *
 * Written here rather than taken from a native add-on because decoding must work wherever the broker runs.
 * @module
 */
import { RecordsError } from "./records_error.ts";

/** An element of 3 bytes makes at most 64: a block that promises more than 22 times its size lies. */
const MAX_RATIO = 22;
const HASH_BITS = 13;
/** Below this a loop over bytes is cheaper than a call of `set` or `copyWithin`. */
const SHORT_COPY = 32;
/** No match is looked for in the last bytes: it would hardly pay. */
const INPUT_MARGIN = 15;
/** Where nothing matched for so many attempts (2^5), the search goes in wider steps. */
const SKIP_STRENGTH = 5;

/** How many bytes the block input[from, to) says that it decodes to; never more than it can. */
export function snappyBlockSize(input: Uint8Array, from: number, to: number): number {
  let size = 0;
  for (let shift = 0, at = from; at < to && shift < 35; shift += 7) {
    const byte = input[at++]!;
    size += (byte & 0x7f) * 2 ** shift;
    if (byte >= 0x80) continue;
    if (size > (to - from) * MAX_RATIO) {
      throw RecordsError.damaged("snappy", `a block of ${to - from} bytes says that it decodes to ${size}`);
    }
    return size;
  }
  throw RecordsError.damaged("snappy", "a block ends inside its size, or the size has more than 32 bits");
}

/**
 * Decodes the block input[from, to), for whose {@link snappyBlockSize} there is room, to output[at…). Returns where the
 * output ends.
 */
export function decodeSnappyBlock(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  const outputEnd = at + snappyBlockSize(input, from, to);
  let source = from;
  while (input[source++]! >= 0x80);
  let target = at;
  while (source < to) {
    const tag = input[source++]!;
    let length = (tag >>> 2) + 1;
    const kind = tag & 3;
    if (kind === 0) {
      if (length > 60) {
        const extra = length - 60;
        if (extra > to - source) throw truncated();
        length = 1;
        for (let byte = 0; byte < extra; byte++) length += input[source++]! * 2 ** (8 * byte);
      }
      if (length > to - source) throw truncated();
      if (length > outputEnd - target) throw overfull();
      if (length < SHORT_COPY) {
        for (const end = source + length; source < end;) output[target++] = input[source++]!;
      } else {
        output.set(input.subarray(source, source + length), target);
        source += length;
        target += length;
      }
      continue;
    }
    let distance;
    if (kind === 1) {
      if (source >= to) throw truncated();
      length = (tag >>> 2 & 7) + 4;
      distance = (tag & 0xe0) << 3 | input[source++]!;
    } else if (kind === 2) {
      if (to - source < 2) throw truncated();
      distance = input[source]! | input[source + 1]! << 8;
      source += 2;
    } else {
      if (to - source < 4) throw truncated();
      distance =
        (input[source]! | input[source + 1]! << 8 | input[source + 2]! << 16 | input[source + 3]! << 24) >>>
        0;
      source += 4;
    }
    let copy = target - distance;
    if (distance === 0 || copy < at) {
      throw RecordsError.damaged(
        "snappy",
        `a copy from ${distance} bytes back where ${target - at} bytes are known`,
      );
    }
    if (length > outputEnd - target) throw overfull();
    if (length < SHORT_COPY) {
      for (const end = target + length; target < end;) output[target++] = output[copy++]!;
    } else {
      // A match longer than its distance repeats itself: what is there of it doubles with each round.
      for (const end = target + length; target < end;) {
        const part = Math.min(target - copy, end - target);
        output.copyWithin(target, copy, copy + part);
        target += part;
      }
    }
  }
  if (target !== outputEnd) throw truncated();
  return target;
}

/** The most bytes that `length` bytes can take when compression finds nothing. */
export function snappyBlockBound(length: number): number {
  return 32 + length + Math.floor(length / 6);
}

/**
 * Encodes input[from, to), at most 64 KiB, to output[at…), which has room for {@link snappyBlockBound}. Returns where the
 * output ends.
 */
export function encodeSnappyBlock(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  /** Where four bytes with this hash were last seen, counted from `from`. */
  const table = new Uint16Array(1 << HASH_BITS);
  let target = at;
  let size = to - from;
  for (; size >= 0x80; size >>>= 7) output[target++] = size & 0x7f | 0x80;
  output[target++] = size;
  let anchor = from;
  let source = from + 1;
  let attempts = 1 << SKIP_STRENGTH;
  while (source <= to - INPUT_MARGIN) {
    const four = read32(input, source);
    const slot = Math.imul(four, 0x9e3779b1) >>> (32 - HASH_BITS);
    let candidate = from + table[slot]!;
    table[slot] = source - from;
    if (read32(input, candidate) !== four) {
      source += attempts++ >>> SKIP_STRENGTH;
      continue;
    }
    attempts = 1 << SKIP_STRENGTH;
    const distance = source - candidate;
    if (source > anchor) target = writeLiteral(input, anchor, source, output, target);
    let end = source + 4;
    for (candidate += 4; end < to && input[end] === input[candidate]; candidate++) end++;
    target = writeCopy(output, target, distance, end - source);
    source = anchor = end;
    // One more entry inside the match finds the next one sooner.
    if (source <= to - INPUT_MARGIN) {
      table[Math.imul(read32(input, source - 1), 0x9e3779b1) >>> (32 - HASH_BITS)] = source - 1 - from;
    }
  }
  return anchor < to ? writeLiteral(input, anchor, to, output, target) : target;
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

/** At most 64 KiB. */
function writeLiteral(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
  const length = to - from - 1;
  if (length < 60) {
    output[at++] = length << 2;
  } else if (length < 0x100) {
    output[at++] = 60 << 2;
    output[at++] = length;
  } else {
    output[at++] = 61 << 2;
    output[at++] = length;
    output[at++] = length >>> 8;
  }
  if (length < SHORT_COPY) {
    while (from < to) output[at++] = input[from++]!;
    return at;
  }
  output.set(input.subarray(from, to), at);
  return at + to - from;
}

function writeCopy(output: Uint8Array, at: number, distance: number, length: number): number {
  while (length > 0) {
    // A rest of 1 to 3 bytes would have no short form, so 60 bytes go first where 64 would leave one.
    const part = length < 68 ? (length > 64 ? 60 : length) : 64;
    if (part >= 4 && part < 12 && distance < 2048) {
      output[at++] = 1 | (part - 4) << 2 | distance >>> 8 << 5;
      output[at++] = distance;
    } else {
      output[at++] = 2 | (part - 1) << 2;
      output[at++] = distance;
      output[at++] = distance >>> 8;
    }
    length -= part;
  }
  return at;
}

function truncated(): RecordsError {
  return RecordsError.damaged("snappy", "a block ends before the size that it says");
}

function overfull(): RecordsError {
  return RecordsError.damaged("snappy", "a block goes on after the size that it says");
}
