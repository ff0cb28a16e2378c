/**
 * LZ4 by TypeScript beside WebAssembly, a block in and out, and the frame that batches have: JSON, and noise, which does not
 * get smaller. `deno bench -A bench/compression_bench.ts`; bytes an iteration divided by its time is the speed.
 * @module
 */
import { decodeLz4Block, encodeLz4Block, lz4BlockBound, lz4BlockSize } from "../protocol/lz4_block.ts";
import { decodeLz4Frame, encodeLz4Frame } from "../protocol/lz4_frame.ts";
import { Lz4Workspace } from "../protocol/lz4_wasm/workspace.ts";
import { SeededRandom } from "../protocol/testing/seeded_random.ts";

const BLOCK_BYTES = 64 * 1024;
const workspace = Lz4Workspace.open(BLOCK_BYTES)!;

function json(length: number): Uint8Array {
  const random = new SeededRandom(1);
  let text = "";
  while (text.length < length) {
    text += JSON.stringify({
      id: random.uint32() % 1_000_000,
      user: `user-${random.uint32() % 5000}`,
      amount: random.uint32() % 10_000 / 100,
      open: random.boolean(),
    });
  }
  return new TextEncoder().encode(text).slice(0, length);
}

const inputs = [["JSON", json], ["noise", (length: number) => new SeededRandom(2).bytes(length)]] as const;

/** The sizes of frames, which is what a change of the encoder changes. */
export function smoke(): string {
  const bytes = json(100_000);
  return [256, 4096, 16 * 1024, 100_000].map((length) => {
    const frame = encodeLz4Frame(bytes.subarray(0, length));
    if (decodeLz4Frame(frame, length).some((byte, at) => byte !== bytes[at])) {
      throw new Error(`${length} bytes come back as others`);
    }
    return frame.length;
  }).join(" ");
}

for (const [name, make] of inputs) {
  for (const length of [256, 4096, 16 * 1024, BLOCK_BYTES, 1024 * 1024]) {
    const input = make(length);
    const of = `of ${length} bytes of ${name}`;
    if (length <= BLOCK_BYTES) {
      const block = new Uint8Array(lz4BlockBound(length));
      const size = encodeLz4Block(input, 0, length, block, 0);
      const packed = block.slice(0, size);
      const output = new Uint8Array(length);
      const encoding = { group: `encode ${of}` };
      Deno.bench(`encode a block ${of}: TypeScript`, { ...encoding, baseline: true }, () => {
        encodeLz4Block(input, 0, length, block, 0);
      });
      Deno.bench(`encode a block ${of}: WebAssembly`, encoding, () => {
        workspace.encode(input, 0, length, block, 0);
      });
      const decoding = { group: `decode ${of}` };
      Deno.bench(`decode a block ${of}: TypeScript`, { ...decoding, baseline: true }, () => {
        decodeLz4Block(packed, 0, size, output, 0, 0);
      });
      Deno.bench(`decode a block ${of}: WebAssembly`, decoding, () => {
        workspace.decode(packed, 0, size, output, 0, length);
      });
      Deno.bench(`the size of a block ${of}`, decoding, () => {
        lz4BlockSize(packed, 0, size);
      });
    }
    const frame = encodeLz4Frame(input);
    Deno.bench(`encode a frame ${of}`, { group: `frame ${of}` }, () => {
      encodeLz4Frame(input);
    });
    Deno.bench(`decode a frame ${of}`, { group: `frame ${of}` }, () => {
      decodeLz4Frame(frame, length);
    });
  }
}
