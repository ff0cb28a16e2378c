/**
 * LZ4 blocks by the fastest code there is here: WebAssembly, and our TypeScript (lz4_block.ts) where that can't be had, for
 * blocks that need a window before them, and for naming what is wrong with a block.
 *
 * What must be true: the results are those of the TypeScript codec, the encoder's bytes and the decoder's errors included.
 * A thread that meets no LZ4 pays nothing; one that does keeps 192 KiB. Memory for larger blocks, which few clients write,
 * lasts until the garbage collector comes by.
 *
 * WebAssembly is faster at all sizes that batches have, from 256 bytes up, so there is no size below which it is not used.
 * @module
 */
import { decodeLz4Block, encodeLz4Block } from "./lz4_block.ts";
import { Lz4Workspace } from "./lz4_wasm/workspace.ts";

const USUAL_BLOCK_BYTES = 64 * 1024;
/** The largest block of the frame format. */
const LARGEST_BLOCK_BYTES = 4 * 1024 * 1024;

/** null: it could not be had, and is not tried again. */
let usual: Lz4Workspace | null | undefined;
let large: WeakRef<Lz4Workspace> | undefined;

/**
 * Decodes the block input[from, to), whose size was told by `lz4BlockSize` and for which there is room, to output[at…), and
 * at most to output[limit]. Matches may reach back to output[windowStart). Returns where the output ends.
 */
export function decodeBlock(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
  limit: number,
  windowStart: number,
): number {
  if (windowStart === at) {
    const workspace = workspaceFor(Math.max(to - from, limit - at));
    const end = workspace?.decode(input, from, to, output, at, limit - at);
    if (end !== undefined) return end;
  }
  return decodeLz4Block(input, from, to, output, at, windowStart);
}

/**
 * What the block input[from, to) gives, whose size nobody has told yet, in memory of just that size. undefined: it is more
 * than `limit` or than most blocks are, or there is something wrong with it. Then it is for those who look at sizes first.
 */
export function decodeUsualBlock(
  input: Uint8Array,
  from: number,
  to: number,
  limit: number,
): Uint8Array | undefined {
  return workspaceFor(0)?.decoded(input, from, to, Math.min(limit, USUAL_BLOCK_BYTES))?.slice();
}

/** Encodes input[from, to), at most 64 KiB, to output[at…), which has room for its bound. Returns where the output ends. */
export function encodeBlock(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
): number {
  return workspaceFor(to - from)?.encode(input, from, to, output, at) ??
    encodeLz4Block(input, from, to, output, at);
}

function workspaceFor(blockBytes: number): Lz4Workspace | undefined {
  if (usual === undefined) usual = Lz4Workspace.open(USUAL_BLOCK_BYTES) ?? null;
  if (usual === null || blockBytes <= USUAL_BLOCK_BYTES) return usual ?? undefined;
  if (blockBytes > LARGEST_BLOCK_BYTES) return undefined;
  const kept = large?.deref();
  if (kept !== undefined && kept.blockBytes >= blockBytes) return kept;
  const opened = Lz4Workspace.open(2 ** Math.ceil(Math.log2(blockBytes)));
  large = opened && new WeakRef(opened);
  return opened;
}
