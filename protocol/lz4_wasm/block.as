// The LZ4 block codec in AssemblyScript: what protocol/lz4_block.ts does, faster. `deno task wasm` makes
// protocol/lz4_wasm/module.ts of it.
//
// What must be true:
// - The encoder's bytes are those of the TypeScript encoder. Whoever changes one changes both.
// - The decoder checks every length against what is left of input and output, and every distance against what was
//   written: nothing it is given makes it read or write outside of its regions and their margins.
// - Copies go by 16 bytes and may write (and read) up to 15 beyond their end. So behind each region whoever calls
//   leaves MARGIN bytes that nobody minds.
// - Addresses are given by the caller; there is no allocator, no global, no data segment.

const MIN_MATCH: u32 = 4;
const LAST_LITERALS: u32 = 5;
const MATCH_END_DISTANCE: u32 = 12;
const HASH_BITS: u32 = 13;
const SKIP_STRENGTH: u32 = 6;
/** The encoder's table, 16 bits an entry, lies at address 0. */
const TABLE_BYTES: u32 = 2 << HASH_BITS;

/** Decodes the block [source, to) to [start, limit). Returns how many bytes it gave, or -1: it is damaged or gives more. */
export function decode(source: u32, to: u32, start: u32, limit: u32): i32 {
  let target = start;
  while (source < to) {
    const token: u32 = load<u8>(source++);
    let length = token >>> 4;
    if (length == 15) {
      let more: u32;
      do {
        if (source >= to) return -1;
        more = load<u8>(source++);
        length += more;
      } while (more == 255);
    }
    if (length > to - source || length > limit - target) return -1;
    v128.store(target, v128.load(source));
    if (length > 16) copy(target + 16, source + 16, target + length);
    source += length;
    target += length;
    if (source == to) return target - start;
    if (to - source < 2) return -1;
    const distance: u32 = load<u16>(source);
    source += 2;
    length = token & 15;
    if (length == 15) {
      let more: u32;
      do {
        if (source >= to) return -1;
        more = load<u8>(source++);
        length += more;
      } while (more == 255);
    }
    length += MIN_MATCH;
    if (distance == 0 || distance > target - start || length > limit - target) return -1;
    const end = target + length;
    if (distance >= 16) {
      copy(target, target - distance, end);
    } else {
      repeat(target, distance, end);
    }
    target = end;
  }
  return -1;
}

/** Encodes [from, to), at most 64 KiB, to `target`. Returns how many bytes it gave. */
export function encode(from: u32, to: u32, target: u32): i32 {
  memory.fill(0, 0, TABLE_BYTES);
  const start = target;
  const matchLimit = to - LAST_LITERALS;
  const lastStart = to - MATCH_END_DISTANCE;
  let anchor = from;
  let source = from + 1;
  let attempts: u32 = 1 << SKIP_STRENGTH;
  while (source <= lastStart) {
    const four = load<u32>(source);
    const slot = slotOf(four);
    let candidate = from + <u32>load<u16>(slot);
    store<u16>(slot, <u16>(source - from));
    if (load<u32>(candidate) != four) {
      source += attempts++ >>> SKIP_STRENGTH;
      continue;
    }
    attempts = 1 << SKIP_STRENGTH;
    const distance = source - candidate;
    while (source > anchor && candidate > from && load<u8>(source - 1) == load<u8>(candidate - 1)) {
      source--;
      candidate--;
    }
    const literals = source - anchor;
    const end = matchEnd(source + MIN_MATCH, distance, matchLimit);
    const match = end - source - MIN_MATCH;
    const token = target++;
    if (literals >= 15) target = writeLength(target, literals - 15);
    copy(target, anchor, target + literals);
    target += literals;
    store<u16>(target, <u16>distance);
    target += 2;
    if (match >= 15) target = writeLength(target, match - 15);
    store<u8>(token, <u8>(min<u32>(literals, 15) << 4 | min<u32>(match, 15)));
    source = anchor = end;
    if (source <= lastStart) store<u16>(slotOf(load<u32>(source - 2)), <u16>(source - 2 - from));
  }
  const literals = to - anchor;
  store<u8>(target++, <u8>(min<u32>(literals, 15) << 4));
  if (literals >= 15) target = writeLength(target, literals - 15);
  copy(target, anchor, target + literals);
  return target + literals - start;
}

// @ts-ignore: decorator
@inline
function slotOf(four: u32): u32 {
  return (four * 0x9e3779b1 >>> (32 - HASH_BITS)) << 1;
}

/** How far what stands at `at` goes on like what stands `distance` before it, at most to `limit`. */
// @ts-ignore: decorator
@inline
function matchEnd(at: u32, distance: u32, limit: u32): u32 {
  while (at + 8 <= limit) {
    const difference = load<u64>(at) ^ load<u64>(at - distance);
    if (difference != 0) return at + (<u32>ctz(difference) >>> 3);
    at += 8;
  }
  while (at < limit && load<u8>(at) == load<u8>(at - distance)) at++;
  return at;
}

/** Copies to [target, end), where `source` lies 16 bytes or more before `target` or elsewhere. */
// @ts-ignore: decorator
@inline
function copy(target: u32, source: u32, end: u32): void {
  while (target < end) {
    v128.store(target, v128.load(source));
    target += 16;
    source += 16;
  }
}

/** Fills [target, end) with what stands `distance` < 16 bytes before it, again and again. */
// @ts-ignore: decorator
@inline
function repeat(target: u32, distance: u32, end: u32): void {
  const short = min<u32>(end, target + 16);
  if (distance >= 8) {
    store<u64>(target, load<u64>(target - distance));
    store<u64>(target + 8, load<u64>(target + 8 - distance));
    target += 16;
  } else {
    while (target < short) {
      store<u8>(target, load<u8>(target - distance));
      target++;
    }
  }
  // What is there now repeats itself at each multiple of the distance: the first that is 16 or more.
  let period = distance;
  while (period < 16) period += distance;
  copy(target, target - period, end);
}

// @ts-ignore: decorator
@inline
function writeLength(target: u32, length: u32): u32 {
  while (length >= 255) {
    store<u8>(target++, 255);
    length -= 255;
  }
  store<u8>(target++, <u8>length);
  return target;
}
