/**
 * Snappy as Kafka's batches carry it, which is in two ways:
 *
 * - framed as by the Java library (xerial): the magic 0x82 "SNAPPY" 0x00, two int32 (version, lowest compatible version),
 *   then chunks of an int32 length, big-endian, and a snappy block. Java and kafkajs write it.
 * - one bare snappy block, as librdkafka and franz-go write it.
 *
 * Both are read. They can't be confused: what the magic would mean as a bare block is a copy from before its beginning.
 * The framed way is written, since every client reads it, with blocks of 32 KiB like Java's.
 * @module
 */
import { RecordsError } from "./records_error.ts";
import { decodeSnappyBlock, encodeSnappyBlock, snappyBlockBound, snappyBlockSize } from "./snappy_block.ts";

const MAGIC = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00);
/** The magic, version 1, compatible with version 1. */
const HEADER = Uint8Array.of(...MAGIC, 0, 0, 0, 1, 0, 0, 0, 1);
const CHUNK_BYTES = 32 * 1024;

/** Decodes to at most `maxBytes`. Memory is taken once the blocks' sizes are known. */
export function decodeSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!isFramed(bytes)) {
    const size = snappyBlockSize(bytes, 0, bytes.length);
    if (size > maxBytes) throw RecordsError.tooLarge("snappy", bytes.length, maxBytes, size);
    const output = new Uint8Array(size);
    decodeSnappyBlock(bytes, 0, bytes.length, output, 0);
    return output;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Uint8Array(framedSize(bytes, view, maxBytes));
  let target = 0;
  for (let at = HEADER.length; at < bytes.length;) {
    const from = at + 4;
    at = from + view.getInt32(at);
    target = decodeSnappyBlock(bytes, from, at, output, target);
  }
  return output;
}

/** Encodes with framing. */
export function encodeSnappy(bytes: Uint8Array): Uint8Array {
  const chunkCount = Math.ceil(bytes.length / CHUNK_BYTES);
  const output = new Uint8Array(HEADER.length + chunkCount * (4 + snappyBlockBound(CHUNK_BYTES)));
  const view = new DataView(output.buffer);
  output.set(HEADER);
  let target = HEADER.length;
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const end = encodeSnappyBlock(
      bytes,
      from,
      Math.min(from + CHUNK_BYTES, bytes.length),
      output,
      target + 4,
    );
    view.setInt32(target, end - target - 4);
    target = end;
  }
  return output.slice(0, target);
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && MAGIC.every((byte, at) => bytes[at] === byte);
}

function framedSize(bytes: Uint8Array, view: DataView, maxBytes: number): number {
  let total = 0;
  for (let at = HEADER.length; at < bytes.length;) {
    const left = bytes.length - at - 4;
    if (left < 0) throw RecordsError.damaged("snappy", "the bytes end inside a chunk's length");
    const length = view.getInt32(at);
    if (length < 0 || length > left) {
      throw RecordsError.damaged("snappy", `a chunk of ${length} bytes where ${left} are left`);
    }
    at += 4;
    total += snappyBlockSize(bytes, at, at + length);
    if (total > maxBytes) throw RecordsError.tooLarge("snappy", bytes.length, maxBytes, total);
    at += length;
  }
  return total;
}
