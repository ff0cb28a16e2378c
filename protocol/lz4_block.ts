/**
 * The LZ4 block format: sequences of literals and of matches, which copy from what was decoded before. Source: the
 * LZ4 project's lz4_Block_format.md.
 *
 * One sequence: a token (high half: literals, low half: match length - 4; 15 goes on in further bytes, each added, until
 * one is not 255), the literals, two bytes little-endian of distance back. The last sequence ends after its literals.
 *
 * Written here rather than taken from a native add-on because decoding must work wherever the broker runs, needs a
 * bound on its output, and needs it before memory is taken: {@link lz4BlockSize} walks the tokens alone.
 *
 * lz4_codec.ts does most blocks by WebAssembly, two to three times as fast. This is what does the rest, what names the
 * errors, and the model that the other is held against.
 * @module
 */
import { RecordsError } from "./records_error.ts";

const MIN_MATCH = 4;
/** The format's end rules: the last 5 bytes are literals, and no match begins in the last 12. */
const LAST_LITERALS = 5;
const MATCH_END_DISTANCE = 12;
const HASH_BITS = 13;
/** Below this a loop over bytes is cheaper than a call of `set` or `copyWithin`. */
const SHORT_COPY = 32;
/** Up to this a loop over eight bytes a step is, which may write up to seven too many. */
const STRIDE = 8;
const STRIDE_COPY = 64;
/** Where nothing matched for so many attempts (2^6), the search goes in wider steps. */
const SKIP_STRENGTH = 6;

/** How many bytes the block in[from, to) decodes to. At most 255 times its size, so never beyond a number's exactness. */
export function lz4BlockSize(input: Uint8Array, from: number, to: number): number {
  let at = from;
  let size = 0;
  while (at < to) {
    const token = input[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more;
      do {
        if (at >= to) throw truncated();
        more = input[at++]!;
        literals += more;
      } while (more === 255);
    }
    if (literals > to - at) throw truncated();
    at += literals;
    size += literals;
    if (at === to) return size;
    if (to - at < 2) throw truncated();
    at += 2;
    let match = token & 15;
    if (match === 15) {
      let more;
      do {
        if (at >= to) throw truncated();
        more = input[at++]!;
        match += more;
      } while (more === 255);
    }
    size += match + MIN_MATCH;
  }
  throw truncated();
}

/**
 * Decodes the block input[from, to), whose size {@link lz4BlockSize} has told and for which there is room, to output[at…).
 * Matches may reach back to output[windowStart). Returns where the output ends.
 *
 * Most literals and matches are short, and are copied by eight bytes a step where both arrays go on long enough: what that
 * writes too much is written over by what follows. Measured on JSON of 100 bytes: 1.3 GB/s, where a byte a step gave 0.6.
 */
export function decodeLz4Block(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
  windowStart: number,
): number {
  const inputView = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const outputView = new DataView(output.buffer, output.byteOffset, output.byteLength);
  const lastSource = to - STRIDE;
  const lastTarget = output.length - STRIDE_COPY - STRIDE;
  // The size pass has walked every length, so what is left to check is where matches come from.
  let source = from;
  let target = at;
  while (source < to) {
    const token = input[source++]!;
    let length = token >>> 4;
    if (length === 15) {
      let more;
      do length += more = input[source++]!; while (more === 255);
    }
    if (length <= STRIDE_COPY && source + length <= lastSource && target <= lastTarget) {
      const end = target + length;
      for (let from = source; target < end; target += STRIDE, from += STRIDE) {
        outputView.setInt32(target, inputView.getInt32(from, true), true);
        outputView.setInt32(target + 4, inputView.getInt32(from + 4, true), true);
      }
      source += length;
      target = end;
    } else if (length < SHORT_COPY) {
      for (const end = source + length; source < end;) output[target++] = input[source++]!;
    } else {
      output.set(input.subarray(source, source + length), target);
      source += length;
      target += length;
    }
    if (source >= to) break;
    const distance = input[source]! | input[source + 1]! << 8;
    source += 2;
    length = token & 15;
    if (length === 15) {
      let more;
      do length += more = input[source++]!; while (more === 255);
    }
    length += MIN_MATCH;
    let copy = target - distance;
    if (distance === 0 || copy < windowStart) {
      throw RecordsError.damaged(
        "lz4",
        `a match ${distance} bytes back where ${target - windowStart} bytes are known`,
      );
    }
    const end = target + length;
    if (length <= STRIDE_COPY && distance >= STRIDE && target <= lastTarget) {
      for (; target < end; target += STRIDE, copy += STRIDE) {
        outputView.setInt32(target, outputView.getInt32(copy, true), true);
        outputView.setInt32(target + 4, outputView.getInt32(copy + 4, true), true);
      }
      target = end;
    } else if (length < SHORT_COPY) {
      while (target < end) output[target++] = output[copy++]!;
    } else {
      // A match longer than its distance repeats itself: what is there of it doubles with each round.
      while (target < end) {
        const part = Math.min(target - copy, end - target);
        output.copyWithin(target, copy, copy + part);
        target += part;
      }
    }
  }
  return target;
}

/** The most bytes that `length` bytes can take when compression finds nothing. */
export function lz4BlockBound(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

/**
 * Encodes input[from, to), at most 64 KiB, to output[at…), which has room for {@link lz4BlockBound}. Returns where the
 * output ends.
 */
export function encodeLz4Block(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  /** Where four bytes with this hash were last seen, counted from `from`. */
  const table = new Uint16Array(1 << HASH_BITS);
  const matchLimit = to - LAST_LITERALS;
  let target = at;
  let anchor = from;
  let source = from + 1;
  let attempts = 1 << SKIP_STRENGTH;
  while (source <= to - MATCH_END_DISTANCE) {
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
    while (source > anchor && candidate > from && input[source - 1] === input[candidate - 1]) {
      source--;
      candidate--;
    }
    const literals = source - anchor;
    let end = source + MIN_MATCH;
    for (candidate += MIN_MATCH; end < matchLimit && input[end] === input[candidate]; candidate++) end++;
    const match = end - source - MIN_MATCH;
    const token = target++;
    output[token] = Math.min(literals, 15) << 4 | Math.min(match, 15);
    if (literals >= 15) target = writeLength(output, target, literals - 15);
    target = copyLiterals(input, anchor, source, output, target);
    output[target++] = distance;
    output[target++] = distance >>> 8;
    if (match >= 15) target = writeLength(output, target, match - 15);
    source = anchor = end;
    // One more entry inside the match finds the next one sooner.
    if (source <= to - MATCH_END_DISTANCE) {
      table[Math.imul(read32(input, source - 2), 0x9e3779b1) >>> (32 - HASH_BITS)] = source - 2 - from;
    }
  }
  const literals = to - anchor;
  output[target++] = Math.min(literals, 15) << 4;
  if (literals >= 15) target = writeLength(output, target, literals - 15);
  return copyLiterals(input, anchor, to, output, target);
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
}

function writeLength(output: Uint8Array, at: number, length: number): number {
  for (; length >= 255; length -= 255) output[at++] = 255;
  output[at++] = length;
  return at;
}

function copyLiterals(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
  if (to - from < SHORT_COPY) {
    while (from < to) output[at++] = input[from++]!;
    return at;
  }
  output.set(input.subarray(from, to), at);
  return at + to - from;
}

function truncated(): RecordsError {
  return RecordsError.damaged("lz4", "a block ends inside a sequence");
}
