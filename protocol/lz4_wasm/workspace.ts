/**
 * The LZ4 block codec as WebAssembly (block.as) with the memory that it works in: a table, a block in, a block out.
 *
 * What must be true: whatever the bytes are, nothing is thrown. What the module refuses or has no room for gives
 * undefined, and is for the TypeScript codec to do or to name the error of. The memory never grows: a workspace is made
 * for blocks of a size.
 * @module
 */
import { Buffer } from "node:buffer";
import { lz4BlockBound } from "../lz4_block.ts";
import { MODULE_BASE64 } from "./module.ts";

const PAGE_BYTES = 64 * 1024;
/** The encoder's table, at the beginning of the memory. */
const TABLE_BYTES = 16 * 1024;
/** What block.as may read and write behind a region. */
const MARGIN_BYTES = 32;

interface Exports {
  decode(source: number, to: number, start: number, limit: number): number;
  encode(from: number, to: number, target: number): number;
}

export class Lz4Workspace {
  readonly blockBytes: number;
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;
  /** Bytes of a block, packed or not. */
  readonly #room: number;
  readonly #targetAt: number;

  private constructor(exports: Exports, memory: WebAssembly.Memory, blockBytes: number) {
    const room = lz4BlockBound(blockBytes);
    this.blockBytes = blockBytes;
    this.#exports = exports;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#room = room;
    this.#targetAt = TABLE_BYTES + room + MARGIN_BYTES;
  }

  /** For blocks of `blockBytes` either way; undefined where there is no WebAssembly, or none with 16 bytes a step. */
  static open(blockBytes: number): Lz4Workspace | undefined {
    const pages = Math.ceil((TABLE_BYTES + 2 * (lz4BlockBound(blockBytes) + MARGIN_BYTES)) / PAGE_BYTES);
    try {
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      const instance = new WebAssembly.Instance(compiled(), { env: { memory } });
      return new Lz4Workspace(instance.exports as unknown as Exports, memory, blockBytes);
    } catch {
      return undefined;
    }
  }

  /** Decodes the block input[from, to) to output[at…), at most `limit` bytes. Returns where the output ends. */
  decode(
    input: Uint8Array,
    from: number,
    to: number,
    output: Uint8Array,
    at: number,
    limit: number,
  ): number | undefined {
    const decoded = this.decoded(input, from, to, limit);
    if (decoded === undefined) return undefined;
    output.set(decoded, at);
    return at + decoded.length;
  }

  /** What the block input[from, to) gives, at most `limit` bytes: a view that holds until this does the next block. */
  decoded(input: Uint8Array, from: number, to: number, limit: number): Uint8Array | undefined {
    if (to - from > this.#room) return undefined;
    this.#bytes.set(input.subarray(from, to), TABLE_BYTES);
    const end = this.#targetAt + Math.min(limit, this.#room);
    const size = this.#exports.decode(TABLE_BYTES, TABLE_BYTES + to - from, this.#targetAt, end);
    return size < 0 ? undefined : this.#bytes.subarray(this.#targetAt, this.#targetAt + size);
  }

  /** Encodes input[from, to), at most 64 KiB, to output[at…), which has room for its bound. Returns where it ends. */
  encode(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number): number {
    this.#bytes.set(input.subarray(from, to), TABLE_BYTES);
    const size = this.#exports.encode(TABLE_BYTES, TABLE_BYTES + to - from, this.#targetAt);
    output.set(this.#bytes.subarray(this.#targetAt, this.#targetAt + size), at);
    return at + size;
  }
}

let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  return module ??= new WebAssembly.Module(Buffer.from(MODULE_BASE64, "base64"));
}
