/**
 * The LZ4 frame format, as Kafka's batches carry it. Source: the LZ4 project's lz4_Frame_format.md; KIP-57.
 *
 * A frame: magic, a descriptor (flags, largest block size, optional content size and dictionary id, one byte of header
 * checksum), blocks (int32 little-endian size, whose top bit says "not compressed"; data; optional checksum), a size
 * of 0, an optional content checksum.
 *
 * Read: linked and independent blocks, with or without content size and checksums; one frame, and what follows it is
 * ignored, as the Java client does. Dictionaries are refused. The xxHash checksums are not compared: the batch's
 * CRC-32C covers the same bytes. Written: what the Java client insists on, which is independent blocks, and what it
 * writes itself, which is blocks of 64 KiB and no content size.
 * @module
 */
import { lz4BlockBound, lz4BlockSize } from "./lz4_block.ts";
import { decodeBlock, decodeUsualBlock, encodeBlock } from "./lz4_codec.ts";
import { RecordsError } from "./records_error.ts";

const MAGIC = 0x184d2204;
/** Version 1, independent blocks, no checksums, no content size; blocks of 64 KiB; and the checksum of these two bytes. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const BLOCK_BYTES = 64 * 1024;

const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const DICTIONARY = 0x01;
const NOT_COMPRESSED = 0x8000_0000;

interface FrameHeader {
  /** Where the first block's size stands. */
  readonly blocksAt: number;
  readonly areBlocksIndependent: boolean;
  /** Bytes between a block and the next one's size. */
  readonly blockTrailerBytes: number;
  readonly maxBlockBytes: number;
  readonly contentBytes: number | undefined;
}

/** Decodes a frame of at most `maxBytes` decoded bytes. Memory for them is taken once their number is known. */
export function decodeLz4Frame(frame: Uint8Array, maxBytes: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const header = readHeader(view);
  if (header.contentBytes !== undefined && header.contentBytes > maxBytes) {
    throw RecordsError.tooLarge("lz4", frame.length, maxBytes, header.contentBytes);
  }
  const only = decodeOnlyBlock(frame, view, header, maxBytes);
  if (only !== undefined) return only;
  const size = decodedSize(frame, view, header, maxBytes);
  if (header.contentBytes !== undefined && header.contentBytes !== size) {
    throw RecordsError.damaged(
      "lz4",
      `a frame that says that it decodes to ${header.contentBytes} bytes decodes to ${size}`,
    );
  }
  const output = new Uint8Array(size);
  let target = 0;
  for (let at = header.blocksAt;;) {
    const word = view.getUint32(at, true);
    if (word === 0) return output;
    const from = at + 4;
    const to = from + (word & ~NOT_COMPRESSED);
    if (word >= NOT_COMPRESSED) {
      output.set(frame.subarray(from, to), target);
      target += to - from;
    } else {
      const limit = Math.min(target + header.maxBlockBytes, size);
      const windowStart = header.areBlocksIndependent ? target : 0;
      target = decodeBlock(frame, from, to, output, target, limit, windowStart);
    }
    at = to + header.blockTrailerBytes;
  }
}

/**
 * Most frames are one block, which needs no walk over its sizes beforehand: that is a third of the work. undefined: this
 * frame is another, or not as it should be.
 */
function decodeOnlyBlock(
  frame: Uint8Array,
  view: DataView,
  header: FrameHeader,
  maxBytes: number,
): Uint8Array | undefined {
  const from = header.blocksAt + 4;
  if (frame.length < from) return undefined;
  const word = view.getUint32(header.blocksAt, true);
  const next = from + word + header.blockTrailerBytes;
  if (word === 0 || word >= NOT_COMPRESSED || next + 4 > frame.length) return undefined;
  if (view.getUint32(next, true) !== 0) return undefined;
  const block = decodeUsualBlock(frame, from, from + word, Math.min(header.maxBlockBytes, maxBytes));
  return header.contentBytes === undefined || header.contentBytes === block?.length ? block : undefined;
}

/** Encodes `bytes` as one frame. */
export function encodeLz4Frame(bytes: Uint8Array): Uint8Array {
  const blockCount = Math.ceil(bytes.length / BLOCK_BYTES);
  const largest = Math.min(bytes.length, BLOCK_BYTES);
  const output = new Uint8Array(HEADER.length + blockCount * (4 + lz4BlockBound(largest)) + 4);
  const view = new DataView(output.buffer);
  output.set(HEADER);
  let target = HEADER.length;
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const to = Math.min(from + BLOCK_BYTES, bytes.length);
    const blockAt = target + 4;
    const end = encodeBlock(bytes, from, to, output, blockAt);
    if (end - blockAt < to - from) {
      view.setUint32(target, end - blockAt, true);
      target = end;
    } else {
      view.setUint32(target, (to - from) + NOT_COMPRESSED, true);
      output.set(bytes.subarray(from, to), blockAt);
      target = blockAt + to - from;
    }
  }
  view.setUint32(target, 0, true);
  return output.slice(0, target + 4);
}

function readHeader(view: DataView): FrameHeader {
  const length = view.byteLength;
  // Magic, flags, block size, header checksum.
  if (length < 7 || view.getUint32(0, true) !== MAGIC) {
    throw RecordsError.damaged("lz4", `${length} bytes that do not begin like an lz4 frame`);
  }
  const flags = view.getUint8(4);
  if ((flags & VERSION_MASK) !== VERSION_1) {
    throw RecordsError.damaged("lz4", `a frame of version ${flags >>> 6}; there is version 1`);
  }
  if ((flags & DICTIONARY) !== 0) throw RecordsError.damaged("lz4", "a frame that needs a dictionary");
  const blockSizeCode = view.getUint8(5) >>> 4 & 7;
  if (blockSizeCode < 4) {
    throw RecordsError.damaged("lz4", `a frame with block size ${blockSizeCode}; there are 4 to 7`);
  }
  let at = 6;
  let contentBytes: number | undefined;
  if ((flags & CONTENT_SIZE) !== 0) {
    if (length < at + 9) throw truncated();
    contentBytes = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
    at += 8;
  }
  return {
    blocksAt: at + 1,
    areBlocksIndependent: (flags & INDEPENDENT_BLOCKS) !== 0,
    blockTrailerBytes: (flags & BLOCK_CHECKSUMS) !== 0 ? 4 : 0,
    maxBlockBytes: 2 ** (8 + 2 * blockSizeCode),
    contentBytes,
  };
}

/** The size of all blocks decoded. What this has walked, decoding need not check again. */
function decodedSize(frame: Uint8Array, view: DataView, header: FrameHeader, maxBytes: number): number {
  let total = 0;
  for (let at = header.blocksAt;;) {
    if (frame.length - at < 4) throw truncated();
    const word = view.getUint32(at, true);
    if (word === 0) return total;
    const from = at + 4;
    const length = word & ~NOT_COMPRESSED;
    if (length > frame.length - from) throw truncated();
    const size = word >= NOT_COMPRESSED ? length : lz4BlockSize(frame, from, from + length);
    if (size > header.maxBlockBytes) {
      throw RecordsError.damaged(
        "lz4",
        `a block of ${size} bytes in a frame of blocks up to ${header.maxBlockBytes}`,
      );
    }
    total += size;
    if (total > maxBytes) throw RecordsError.tooLarge("lz4", frame.length, maxBytes, total);
    at = from + length + header.blockTrailerBytes;
  }
}

function truncated(): RecordsError {
  return RecordsError.damaged("lz4", "a frame ends before its end mark");
}
