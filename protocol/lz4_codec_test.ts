import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compressSync } from "lz4-napi";
import { errorName } from "./errors.ts";
import { decodeLz4Block, encodeLz4Block, lz4BlockBound, lz4BlockSize } from "./lz4_block.ts";
import { decodeBlock, encodeBlock } from "./lz4_codec.ts";
import { decodeLz4Frame } from "./lz4_frame.ts";
import { MODULE_BASE64 } from "./lz4_wasm/module.ts";
import { Lz4Workspace } from "./lz4_wasm/workspace.ts";
import { RecordsError } from "./records_error.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const KIB = 1024;
const workspace = Lz4Workspace.open(64 * KIB)!;

/** Noise, text, runs with short and long distances, all of one byte; sizes from 0 up. */
function sampleBlock(random: SeededRandom, largest: number): Uint8Array {
  const length = random.integer(0, random.boolean() ? Math.min(largest, 40) : largest);
  const bytes = new Uint8Array(length);
  const alphabet = [1, 3, 64, 256][random.integer(0, 3)]!;
  const farthest = [1, 7, 18, 300, 65_536][random.integer(0, 4)]!;
  for (let at = 0; at < length;) {
    const end = Math.min(at + random.integer(1, random.boolean() ? 20 : 600), length);
    if (at > 0 && random.boolean()) {
      const distance = random.integer(1, Math.min(at, farthest));
      for (; at < end; at++) bytes[at] = bytes[at - distance]!;
    } else {
      for (; at < end; at++) bytes[at] = random.uint32() % alphabet;
    }
  }
  return bytes;
}

function encodedByModel(bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(lz4BlockBound(bytes.length));
  return output.subarray(0, encodeLz4Block(bytes, 0, bytes.length, output, 0));
}

/** What comes of a block: its bytes, or what is said of it. */
function verdict(decode: typeof decodeBlock, block: Uint8Array): Uint8Array | string {
  try {
    const size = lz4BlockSize(block, 0, block.length);
    const output = new Uint8Array(size);
    assert.equal(decode(block, 0, block.length, output, 0, size, 0), size);
    return output;
  } catch (error) {
    assert.ok(error instanceof RecordsError, `${error}`);
    return error.message;
  }
}

const decodeByModel: typeof decodeBlock = (input, from, to, output, at, _limit, windowStart) =>
  decodeLz4Block(input, from, to, output, at, windowStart);

function assertSameVerdict(block: Uint8Array, where: string): void {
  const wanted = verdict(decodeByModel, block);
  const found = verdict(decodeBlock, block);
  if (typeof wanted === "string" || typeof found === "string") return assert.equal(found, wanted, where);
  assert.ok(Buffer.compare(found, wanted) === 0, where);
}

Deno.test("encodeBlock gives the model's bytes and decodeBlock the input when the input is any", () => {
  const seed = 31;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 2000; round++) {
    const input = sampleBlock(random, round % 10 === 0 ? 64 * KIB : 2000);
    const where = `seed ${seed}, round ${round}, ${input.length} bytes`;
    const model = encodedByModel(input);
    // Not at the beginning of either array, and nothing around it is touched.
    const output = new Uint8Array(lz4BlockBound(input.length) + 20).fill(0xa5);
    const end = encodeBlock(Buffer.concat([Buffer.alloc(3), input]), 3, 3 + input.length, output, 10);
    assert.ok(Buffer.compare(output.subarray(10, end), model) === 0, where);
    const decoded = new Uint8Array(input.length + 20).fill(0x5a);
    const limit = 10 + input.length;
    assert.equal(decodeBlock(output, 10, end, decoded, 10, limit, 10), limit, where);
    assert.ok(Buffer.compare(decoded.subarray(10, limit), input) === 0, where);
    for (const [bytes, filler, end_] of [[output, 0xa5, end], [decoded, 0x5a, limit]] as const) {
      assert.ok([...bytes.subarray(0, 10), ...bytes.subarray(end_)].every((byte) => byte === filler), where);
    }
  }
});

Deno.test("Lz4Workspace decodes and encodes itself, without the model behind it", () => {
  const input = sampleBlock(new SeededRandom(32), 60_000);
  const block = encodedByModel(input);
  const output = new Uint8Array(lz4BlockBound(input.length));
  assert.equal(workspace.encode(input, 0, input.length, output, 0), block.length);
  assert.equal(workspace.decode(block, 0, block.length, output, 0, input.length), input.length);
  assert.ok(Buffer.compare(output.subarray(0, input.length), input) === 0);
});

Deno.test("Lz4Workspace refuses a block when it gives a byte more than the limit, or is larger than its room", () => {
  const input = new Uint8Array(1000).map((_, at) => at % 7);
  const block = encodedByModel(input);
  const output = new Uint8Array(1000);
  assert.equal(workspace.decode(block, 0, block.length, output, 0, 999), undefined);
  assert.ok(output.every((byte) => byte === 0));
  const huge = new Uint8Array(lz4BlockBound(64 * KIB) + 1);
  assert.equal(workspace.decode(huge, 0, huge.length, output, 0, 999), undefined);
});

Deno.test("decodeBlock says what the model says when blocks are cut anywhere", () => {
  const seed = 33;
  const random = new SeededRandom(seed);
  for (let sample = 0; sample < 12; sample++) {
    const block = encodedByModel(sampleBlock(random, 1500));
    for (let end = 0; end <= block.length; end++) {
      assertSameVerdict(block.slice(0, end), `seed ${seed}, sample ${sample}, cut at ${end}`);
    }
  }
});

Deno.test("decodeBlock says what the model says when bits of blocks are flipped", () => {
  const seed = 34;
  const random = new SeededRandom(seed);
  const blocks = Array.from({ length: 200 }, () => encodedByModel(sampleBlock(random, 300)));
  for (let round = 0; round < 100_000; round++) {
    const block = blocks[round % blocks.length]!.slice();
    for (let flips = random.integer(1, 3); flips > 0; flips--) {
      const at = random.integer(0, block.length - 1);
      block[at] = block[at]! ^ 1 << random.integer(0, 7);
    }
    assertSameVerdict(block, `seed ${seed}, round ${round}`);
  }
});

Deno.test("the module's decode is as strict as the model and stays in its region and 32 bytes behind when blocks are damaged", () => {
  const seed = 35;
  const random = new SeededRandom(seed);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(Buffer.from(MODULE_BASE64, "base64")),
    { env: { memory } },
  );
  const decode = exports["decode"] as (source: number, to: number, start: number, limit: number) => number;
  const bytes = new Uint8Array(memory.buffer);
  const start = 1000;
  const source = 40_000;
  for (let round = 0; round < 5000; round++) {
    // 255 is what makes a length go on: who reads past the end reads to the end of memory.
    const filler = round % 2 === 0 ? 0xee : 0xff;
    let block = random.boolean()
      ? random.bytes(random.integer(0, 200))
      : encodedByModel(sampleBlock(random, random.boolean() ? 60 : 2000));
    for (let change = random.integer(0, 2); change > 0 && block.length > 0; change--) {
      block[random.integer(0, block.length - 1)] = random.uint32();
    }
    if (random.boolean()) block = block.subarray(0, random.integer(0, block.length));
    bytes.fill(filler);
    bytes.set(block, source);
    const limit = start + random.integer(0, 2000);
    const size = decode(source, source + block.length, start, limit);
    const where = `seed ${seed}, round ${round}`;
    // No pass over the sizes stands before it here, as it does in a frame: it has to see for itself.
    const wanted = verdict(decodeByModel, block);
    if (typeof wanted === "string" || wanted.length > limit - start) {
      assert.equal(size, -1, where);
    } else {
      assert.ok(Buffer.compare(bytes.subarray(start, start + size), wanted) === 0, where);
    }
    bytes.fill(filler, source, source + block.length);
    bytes.fill(filler, start, limit + 32);
    assert.ok(bytes.every((byte) => byte === filler), where);
  }
});

/** A frame of one independent block of up to 4 MiB. */
function frameOf(block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(7 + 4 + block.length + 4);
  frame.set([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
  new DataView(frame.buffer).setUint32(7, block.length, true);
  frame.set(block, 11);
  return frame;
}

for (const size of [64 * KIB + 1, 300 * KIB, 1024 * KIB, 4096 * KIB]) {
  Deno.test(`decodeLz4Frame reads a block of ${size} bytes when liblz4 made it, whole and damaged`, () => {
    const random = new SeededRandom(size);
    const input = new Uint8Array(size).map((_, at) => at % 1000 < 700 ? at % 13 : random.uint32());
    // Before the block stands its size.
    const block = Uint8Array.from((compressSync(Buffer.from(input)) as Buffer).subarray(4));
    const frame = frameOf(block);
    assert.ok(Buffer.compare(decodeLz4Frame(frame, size), input) === 0);
    assert.throws(() => decodeLz4Frame(frame, size - 1), RecordsError);
    for (let round = 0; round < 5; round++) {
      const damaged = block.slice();
      for (let change = 0; change < 20; change++) {
        damaged[random.integer(0, block.length - 1)] = random.uint32();
      }
      const wanted = verdict(decodeByModel, damaged);
      if (typeof wanted !== "string" && wanted.length <= 4096 * KIB) {
        assert.ok(Buffer.compare(decodeLz4Frame(frameOf(damaged), 4096 * KIB), wanted) === 0);
      } else {
        assert.throws(() => decodeLz4Frame(frameOf(damaged), 4096 * KIB), RecordsError);
      }
    }
  });
}

Deno.test("decodeLz4Frame holds its bound and the size that the frame says when it is of one block", () => {
  const seed = 37;
  const random = new SeededRandom(seed);
  const codeOf = (frame: Uint8Array, maxBytes: number) => {
    try {
      return decodeLz4Frame(frame, maxBytes).length;
    } catch (error) {
      assert.ok(error instanceof RecordsError, `${error}`);
      return errorName(error.code);
    }
  };
  for (let round = 0; round < 300; round++) {
    const where = `seed ${seed}, round ${round}`;
    const size = random.integer(100, 3000);
    const block = encodedByModel(new Uint8Array(size).map((_, at) => at % 50));
    const plain = frameOf(block);
    // The same with its content's size in the header.
    const sized = Buffer.concat([plain.subarray(0, 6), Buffer.alloc(8), plain.subarray(6)]);
    sized[4] = sized[4]! | 0x08;
    sized.writeUInt32LE(size, 6);
    for (const frame of [plain, sized]) {
      assert.equal(codeOf(frame, size), size, where);
      assert.equal(codeOf(frame, size - 1), "MESSAGE_TOO_LARGE", where);
      assert.equal(
        codeOf(Buffer.concat([frame, random.bytes(9)]), size),
        size,
        `${where}: something follows`,
      );
      assert.equal(
        codeOf(frame.subarray(0, random.integer(0, frame.length - 1)), size),
        "CORRUPT_MESSAGE",
        where,
      );
    }
    sized.writeUInt32LE(size + (random.boolean() ? 1 : -1), 6);
    assert.equal(codeOf(sized, size + 1), "CORRUPT_MESSAGE", where);
  }
});

Deno.test("encodeBlock and decodeBlock do the same in TypeScript when there is no WebAssembly", async () => {
  const kept = Object.getOwnPropertyDescriptor(globalThis, "WebAssembly")!;
  Object.defineProperty(globalThis, "WebAssembly", { ...kept, value: undefined });
  try {
    assert.equal(Lz4Workspace.open(64 * KIB), undefined);
    // Another instance of the module, which has not looked for WebAssembly yet.
    const fresh: typeof import("./lz4_codec.ts") = await import(`./lz4_codec.ts${"?without_wasm"}`);
    const input = sampleBlock(new SeededRandom(36), 30_000);
    const output = new Uint8Array(lz4BlockBound(input.length));
    const end = fresh.encodeBlock(input, 0, input.length, output, 0);
    assert.ok(Buffer.compare(output.subarray(0, end), encodedByModel(input)) === 0);
    const decoded = new Uint8Array(input.length);
    assert.equal(fresh.decodeBlock(output, 0, end, decoded, 0, input.length, 0), input.length);
    assert.ok(Buffer.compare(decoded, input) === 0);
  } finally {
    Object.defineProperty(globalThis, "WebAssembly", kept);
  }
});
