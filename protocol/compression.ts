/**
 * Compression of a batch's records: gzip and zstd by the runtime, snappy and LZ4 by our own code.
 *
 * Decompression is bounded. A thousand zeros cost a byte, so whoever decompresses says how many bytes may come of it,
 * and one more is a {@link RecordsError} MESSAGE_TOO_LARGE. Where the format tells the size beforehand (snappy, and LZ4
 * by walking its tokens) nothing is allocated for a batch that would be too large; gzip and zstd stop at the bound.
 *
 * Everything here is synchronous, since a reactor runs no promises, and works wherever Deno does: no native add-on, which
 * may fail to load and costs each Worker that imports it tens of milliseconds and megabytes. Measured on 16 KiB of JSON
 * our snappy encodes at about 0.7 GB/s and decodes at 1 GB/s, our LZ4, which is WebAssembly, at 1.7 and 4.
 * @module
 */
import type { Buffer } from "node:buffer";
import process from "node:process";
import type * as Zlib from "node:zlib";
import { compressionName, CompressionType } from "./compression_type.ts";
import { ErrorCode } from "./errors.ts";
import { decodeLz4Frame, encodeLz4Frame } from "./lz4_frame.ts";
import { RecordsError } from "./records_error.ts";
import { decodeSnappy, encodeSnappy } from "./snappy_framing.ts";

export { compressionName, CompressionType, isCompressionType } from "./compression_type.ts";

/** Only when gzip or zstd is met: importing it costs each thread 5 MB. */
function zlib(): typeof Zlib {
  return process.getBuiltinModule("node:zlib");
}

/**
 * Compresses in the form that Kafka's clients read. `none` gives the same bytes back. `level` is the codec's own, as in
 * Kafka's compression.gzip.level and compression.zstd.level; without one it is the codec's usual. snappy has no levels, and
 * our LZ4 has one.
 */
export function compress(bytes: Uint8Array, type: CompressionType, level?: number): Uint8Array {
  switch (type) {
    case CompressionType.none:
      return bytes;
    case CompressionType.gzip:
      return plain(zlib().gzipSync(bytes, level === undefined ? {} : { level }));
    case CompressionType.snappy:
      return encodeSnappy(bytes);
    case CompressionType.lz4:
      return encodeLz4Frame(bytes);
    case CompressionType.zstd:
      return compressZstd(bytes, level);
  }
}

/**
 * Decompresses to at most `maxBytes` bytes. `none` gives the same bytes back.
 *
 * What is damaged throws a {@link RecordsError}, but for zstd data that stops early: the runtime returns what came until
 * then. Whoever reads records misses some and notices.
 *
 * @throws {RecordsError} UNSUPPORTED_COMPRESSION_TYPE for a number that is no codec, CORRUPT_MESSAGE, MESSAGE_TOO_LARGE.
 */
export function decompress(bytes: Uint8Array, type: number, maxBytes: number): Uint8Array {
  switch (type) {
    case CompressionType.none:
      if (bytes.length > maxBytes) {
        throw RecordsError.tooLarge("uncompressed", bytes.length, maxBytes, bytes.length);
      }
      return bytes;
    case CompressionType.gzip:
      return inflate(zlib().gunzipSync, "gzip", bytes, maxBytes);
    case CompressionType.snappy:
      return decodeSnappy(bytes, maxBytes);
    case CompressionType.lz4:
      return decodeLz4Frame(bytes, maxBytes);
    case CompressionType.zstd: {
      const missing = missingCodec(type);
      if (missing !== undefined) throw new RecordsError(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, missing);
      return inflate(zlib().zstdDecompressSync, "zstd", bytes, maxBytes);
    }
    default:
      throw new RecordsError(
        ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
        `the records are compressed with ${compressionName(type)}; there are 0 (none) to 4 (zstd)`,
      );
  }
}

/** What is to be said where the runtime lacks a codec; undefined: it has it. */
export function missingCodec(type: CompressionType): string | undefined {
  // Not to be imported by name: that would fail where it is not.
  return type === CompressionType.zstd && !("zstdCompressSync" in zlib())
    ? "zstd wants Deno, or Node 22.15 or newer"
    : undefined;
}

function compressZstd(bytes: Uint8Array, level: number | undefined): Uint8Array {
  const missing = missingCodec(CompressionType.zstd);
  if (missing !== undefined) throw new TypeError(missing);
  const { constants, zstdCompressSync } = zlib();
  if (level === undefined) return plain(zstdCompressSync(bytes));
  // The runtime takes -1 for "not given" and compresses with 3: the next faster level is nearer to what is wanted.
  const known = level === -1 ? -2 : level;
  return plain(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: known } }));
}

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;

function inflate(run: Inflate, codec: string, bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    // The runtime takes no bound below 1.
    const output = plain(run(bytes, { maxOutputLength: Math.max(maxBytes, 1) }));
    if (output.length <= maxBytes) return output;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!("code" in error) || error.code !== "ERR_BUFFER_TOO_LARGE") {
      throw RecordsError.damaged(codec, error.message);
    }
  }
  throw RecordsError.tooLarge(codec, bytes.length, maxBytes);
}

/** The same memory as a plain Uint8Array: a Buffer's `slice` means something else. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
