/**
 * Small compressed bytes that decompress to a great many: made without ever holding those.
 * @module
 */
import { gzipSync } from "node:zlib";

const MIB = 1024 * 1024;

export interface Bomb {
  readonly codec: "gzip" | "snappy" | "lz4" | "zstd";
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it decompresses to. */
  readonly size: number;
}

export function bombs(): Bomb[] {
  return [
    { codec: "gzip", name: "gzip, 1000:1", bytes: gzipBomb(256), size: 256 * MIB },
    { codec: "zstd", name: "zstd of runs, 32000:1", bytes: zstdBomb(2048), size: 256 * MIB },
    { codec: "lz4", name: "lz4 without content size, 255:1", bytes: lz4Bomb(64), size: 256 * MIB },
    { codec: "snappy", name: "bare snappy, 21:1", bytes: snappyBlock(MIB), size: 64 * MIB },
    { codec: "snappy", name: "framed snappy, 21:1", bytes: framedSnappy(64), size: 64 * MIB },
  ];
}

/** Members of 1 MiB of zeros, one after another: readers take them for one stream. */
function gzipBomb(members: number): Uint8Array {
  return repeat([], new Uint8Array(gzipSync(new Uint8Array(MIB))), members);
}

/** A frame without content size, window 2 MiB, of blocks that each say "128 KiB of one byte". */
function zstdBomb(blocks: number): Uint8Array {
  const runOf128KiB = 128 * 1024 << 3 | 1 << 1;
  const block = Uint8Array.of(runOf128KiB, runOf128KiB >>> 8, runOf128KiB >>> 16, 0);
  const bomb = repeat([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58], block, blocks);
  bomb[bomb.length - 4]! |= 1; // the last block
  return bomb;
}

/** Blocks of nearly 4 MiB: one literal, a match of length 15 + 255 + 255 + … from one byte back, five literals. */
function lz4Bomb(blocks: number): Uint8Array {
  const more = Math.floor((4 * MIB - 100) / 255);
  const block = new Uint8Array(4 + more + 1 + 6).fill(255);
  block.set([0x1f, 0, 1, 0]);
  block.set([0, 0x50, 1, 2, 3, 4, 5], block.length - 7);
  const sized = new Uint8Array(4 + block.length);
  new DataView(sized.buffer).setUint32(0, block.length, true);
  sized.set(block, 4);
  const frame = repeat([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73], sized, blocks);
  const ended = new Uint8Array(frame.length + 4);
  ended.set(frame);
  return ended;
}

/** `copies` copies of 64 bytes from one byte back, behind 64 literals. */
function snappyBlock(copies: number): Uint8Array {
  const size = [];
  let left = 64 * (copies + 1);
  for (; left >= 128; left = Math.floor(left / 128)) size.push(left & 0x7f | 0x80);
  size.push(left);
  const literal = [60 << 2, 63, ...new Uint8Array(64)];
  return repeat([...size, ...literal], Uint8Array.of(63 << 2 | 2, 1, 0), copies);
}

function framedSnappy(chunks: number): Uint8Array {
  const block = snappyBlock(MIB / 64 - 1);
  const chunk = new Uint8Array(4 + block.length);
  new DataView(chunk.buffer).setInt32(0, block.length);
  chunk.set(block, 4);
  return repeat([0x82, ...new TextEncoder().encode("SNAPPY"), 0, 0, 0, 0, 1, 0, 0, 0, 1], chunk, chunks);
}

function repeat(head: readonly number[], part: Uint8Array, times: number): Uint8Array {
  const bytes = new Uint8Array(head.length + part.length * times);
  bytes.set(head);
  for (let time = 0; time < times; time++) bytes.set(part, head.length + part.length * time);
  return bytes;
}
