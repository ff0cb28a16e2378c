import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { compressSync, uncompressSync } from "snappy";
import { compress, compressionName, CompressionType, decompress, isCompressionType } from "./compression.ts";
import { ErrorCode, errorName } from "./errors.ts";
import { RecordsError } from "./records_error.ts";
import { bombs } from "./testing/bombs.ts";
import { foreignCompressed, longText, shortText } from "./testing/foreign_bytes.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const { none, gzip, snappy, lz4, zstd } = CompressionType;
const all = [none, gzip, snappy, lz4, zstd];
const MIB = 1024 * 1024;

/** Inputs of every kind of repetition: none, little, text, runs; sizes around the borders of blocks. */
function sampleInput(random: SeededRandom): Uint8Array {
  const border = [
    0,
    1,
    4,
    12,
    13,
    15,
    16,
    255,
    4096,
    32 * 1024,
    64 * 1024,
    128 * 1024,
  ][random.integer(0, 11)]!;
  const length = Math.max(0, border + random.integer(-3, 3));
  const bytes = new Uint8Array(length);
  const alphabet = [1, 2, 16, 256][random.integer(0, 3)]!;
  for (let at = 0; at < length;) {
    if (at > 0 && random.boolean()) {
      const distance = random.integer(1, Math.min(at, 70_000));
      const run = Math.min(random.integer(1, 300), length - at);
      for (const end = at + run; at < end; at++) bytes[at] = bytes[at - distance]!;
    } else {
      const run = Math.min(random.integer(1, 100), length - at);
      for (const end = at + run; at < end; at++) bytes[at] = random.uint32() % alphabet;
    }
  }
  return bytes;
}

function assertRefused(run: () => unknown, ...codes: number[]): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof RecordsError, `wanted a RecordsError, found ${error}`);
    assert.ok(codes.includes(error.code), `found ${errorName(error.code)}: ${error.message}`);
    return true;
  });
}

Deno.test("decompress gives back what compress took when the input is any", () => {
  const seed = 5;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 150; round++) {
    const input = sampleInput(random);
    for (const type of all) {
      const compressed = compress(input, type);
      const where = `seed ${seed}, round ${round}, ${compressionName(type)}, ${input.length} bytes`;
      assert.ok(Buffer.compare(decompress(compressed, type, input.length), input) === 0, where);
    }
  }
});

Deno.test("compress is understood by the native libraries when they decompress it", () => {
  const seed = 6;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 150; round++) {
    const input = sampleInput(random);
    const where = `seed ${seed}, round ${round}, ${input.length} bytes`;
    assert.ok(Buffer.compare(decompressFrameSync(Buffer.from(compress(input, lz4))), input) === 0, where);
    // Behind the header of 16 bytes, chunks: a length and a bare block.
    const framed = Buffer.from(compress(input, snappy));
    const chunks: Buffer[] = [];
    for (let at = 16; at < framed.length;) {
      const length = framed.readInt32BE(at);
      chunks.push(uncompressSync(framed.subarray(at + 4, at + 4 + length)) as Buffer);
      at += 4 + length;
    }
    assert.ok(Buffer.compare(Buffer.concat(chunks), input) === 0, where);
  }
});

Deno.test("decompress understands the native libraries when they compressed", () => {
  const seed = 7;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 150; round++) {
    const input = sampleInput(random);
    const where = `seed ${seed}, round ${round}, ${input.length} bytes`;
    const frame = compressFrameSync(Buffer.from(input), {
      blockChecksums: random.boolean(),
      contentChecksum: random.boolean(),
    });
    assert.ok(Buffer.compare(decompress(frame, lz4, input.length), input) === 0, where);
    assert.ok(Buffer.compare(decompress(compressSync(input), snappy, input.length), input) === 0, where);
  }
});

for (const { from, codec, bytes, text } of foreignCompressed) {
  Deno.test(`decompress reads ${codec} when it comes from ${from}`, () => {
    const type = CompressionType[codec];
    assert.ok(Buffer.compare(decompress(bytes, type, text.length), text) === 0);
    assertRefused(() => decompress(bytes, type, text.length - 1), ErrorCode.MESSAGE_TOO_LARGE);
  });
}

Deno.test("compress writes what the Java client insists on when the codec is lz4: independent blocks, known header", () => {
  assert.deepEqual(
    compress(longText, lz4).subarray(0, 7),
    Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82),
  );
});

Deno.test("compress makes text smaller and noise hardly larger when the codec is ours", () => {
  const noise = new SeededRandom(8).bytes(100_000);
  for (const type of [snappy, lz4]) {
    assert.ok(compress(longText, type).length < longText.length / 15);
    assert.ok(compress(noise, type).length <= noise.length + 64);
  }
});

Deno.test("decompress refuses numbers that are no codec when asked for one", () => {
  for (const type of [-1, 5, 7]) {
    assert.equal(isCompressionType(type), false);
    assertRefused(() => decompress(shortText, type, 1e6), ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  }
});

Deno.test("decompress holds its bound when it is 0", () => {
  for (const type of all) {
    assert.equal(decompress(compress(new Uint8Array(0), type), type, 0).length, 0);
    assertRefused(() => decompress(compress(Uint8Array.of(1), type), type, 0), ErrorCode.MESSAGE_TOO_LARGE);
  }
});

Deno.test("decompress gives an error or the right length when compressed bytes are cut anywhere", () => {
  for (const type of [gzip, snappy, lz4, zstd]) {
    const compressed = compress(shortText, type);
    for (let end = 0; end < compressed.length; end++) {
      // The runtime's zstd does not tell that its input ended early; the record reader does.
      if (type === zstd) {
        try {
          assert.ok(decompress(compressed.subarray(0, end), type, 1e5).length < shortText.length);
        } catch (error) {
          assert.ok(error instanceof RecordsError);
        }
      } else if (type === snappy && end === 16) {
        assert.equal(decompress(compressed.subarray(0, end), type, 1e5).length, 0);
      } else {
        assertRefused(() => decompress(compressed.subarray(0, end), type, 1e5), ErrorCode.CORRUPT_MESSAGE);
      }
    }
  }
});

Deno.test("decompress throws nothing but RecordsError and keeps its bound when compressed bytes are changed", () => {
  const seed = 9;
  const random = new SeededRandom(seed);
  const samples = [
    ...foreignCompressed.map(({ codec, bytes }) => ({ type: CompressionType[codec] as number, bytes })),
    ...all.map((type) => ({ type: type as number, bytes: compress(shortText, type) })),
  ];
  for (let round = 0; round < 4000; round++) {
    const { type, bytes } = samples[random.integer(0, samples.length - 1)]!;
    const changed = bytes.slice(0, random.boolean() ? bytes.length : random.integer(0, bytes.length));
    for (let change = random.integer(1, 4); change > 0 && changed.length > 0; change--) {
      // Changes near the beginning reach headers, sizes and the first offsets.
      const at = random.boolean()
        ? random.integer(0, Math.min(40, changed.length - 1))
        : random.integer(0, changed.length - 1);
      changed[at] = random.boolean() ? 0xff : random.uint32();
    }
    try {
      const length = decompress(changed, type, 200_000).length;
      assert.ok(length <= 200_000);
    } catch (error) {
      assert.ok(error instanceof RecordsError, `seed ${seed}, round ${round}, codec ${type}: ${error}`);
    }
  }
});

Deno.test("decompress refuses a copy from before the beginning when a block has one", () => {
  // One literal byte, then a match of 4 from 2 bytes back.
  const block = [0x10, 0x61, 2, 0, 0x50, 1, 2, 3, 4, 5];
  const frame = Uint8Array.of(
    4,
    0x22,
    0x4d,
    0x18,
    0x60,
    0x40,
    0x82,
    block.length,
    0,
    0,
    0,
    ...block,
    0,
    0,
    0,
    0,
  );
  assertRefused(() => decompress(frame, lz4, 100), ErrorCode.CORRUPT_MESSAGE);
  frame[13] = 1;
  assert.equal(decompress(frame, lz4, 100).length, 10);
  // Five bytes: one literal, then a copy of 4 from 2 bytes back.
  assertRefused(() => decompress(Uint8Array.of(5, 0, 0x61, 1, 2), snappy, 100), ErrorCode.CORRUPT_MESSAGE);
  assert.deepEqual(decompress(Uint8Array.of(5, 0, 0x61, 1, 1), snappy, 100), new Uint8Array(5).fill(0x61));
});

Deno.test("decompress takes no memory for a size when the bytes could not hold so much", () => {
  // A block of seven bytes that says 4 GiB - 1.
  const lie = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x61);
  assertRefused(() => decompress(lie, snappy, 2 ** 33), ErrorCode.CORRUPT_MESSAGE);
  // A frame that says 2^56 bytes.
  const frame = Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x68, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
  assertRefused(() => decompress(frame, lz4, MIB), ErrorCode.MESSAGE_TOO_LARGE);
  frame[13] = 0;
  frame[6] = 1;
  assertRefused(() => decompress(frame, lz4, MIB), ErrorCode.CORRUPT_MESSAGE);
});

/** How many KiB of memory this process took at most while `run` ran, more than before (proc(5): VmHWM, clear_refs). */
function peakGrowthKib(run: () => void): number {
  Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  const before = peakKib();
  run();
  return peakKib() - before;
}

function peakKib(): number {
  return Number(/VmHWM:\s*(\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))?.[1]);
}

for (const { codec, name, bytes, size } of bombs()) {
  Deno.test(`decompress refuses a bomb of ${size / MIB} MiB in bounded memory when it is ${name}`, () => {
    assert.ok(bytes.length < size / 20);
    const grown = peakGrowthKib(() => {
      assertRefused(() => decompress(bytes, CompressionType[codec], MIB), ErrorCode.MESSAGE_TOO_LARGE);
    });
    assert.ok(grown < 32 * 1024, `peak memory grew by ${grown} KiB`);
  });
}

Deno.test("compress tries as hard as it is told when the codec has levels", () => {
  const random = new SeededRandom(1);
  const lines = Array.from({ length: 2000 }, (_, id) => JSON.stringify({ id, user: random.uint32() % 500 }));
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const sizeAt = (type: CompressionType, level?: number) => {
    const packed = compress(bytes, type, level);
    assert.deepEqual(decompress(packed, type, bytes.length), bytes);
    return packed.length;
  };
  assert.ok(sizeAt(gzip, 9) < sizeAt(gzip, 1));
  assert.equal(sizeAt(gzip, -1), sizeAt(gzip));
  assert.ok(sizeAt(zstd, 19) < sizeAt(zstd, 3));
  assert.equal(sizeAt(zstd, 3), sizeAt(zstd));
  assert.ok(sizeAt(zstd, -131_072) > sizeAt(zstd, -1));
  assert.ok(sizeAt(zstd, -1) > sizeAt(zstd, 3));
  assert.equal(sizeAt(snappy, 9), sizeAt(snappy));
});
