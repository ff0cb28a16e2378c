/**
 * kafkajs 2.2.4. It reads by consumer groups only, so here it writes and administrates, and others read.
 * @module
 */
import { Buffer } from "node:buffer";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { CompressionCodecs, CompressionTypes, type IHeaders, Kafka, logLevel, Partitioners } from "kafkajs";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { compressSync, uncompressSync } from "snappy";
import type { Codec, SentRecord, Writer } from "./client.ts";

interface Encoder {
  readonly buffer: Buffer;
}

// kafkajs brings gzip; the others are the user's to plug in.
CompressionCodecs[CompressionTypes.Snappy] = codec(
  compressSync,
  (bytes) => uncompressSync(bytes, { asBuffer: true }),
);
CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrameSync, decompressFrameSync);
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, zstdDecompressSync);

function codec(compress: (bytes: Buffer) => unknown, decompress: (bytes: Buffer) => unknown) {
  return () => ({
    compress: ({ buffer }: Encoder) => Promise.resolve(compress(buffer)),
    decompress: (bytes: Buffer) => Promise.resolve(decompress(bytes)),
  });
}

const compressionTypes: Record<Codec, CompressionTypes> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

export function kafkajs(bootstrap: string): Kafka {
  return new Kafka({ clientId: "milena-test-kafkajs", brokers: [bootstrap], logLevel: logLevel.NOTHING });
}

export const kafkajsWriter: Writer = {
  name: "kafkajs",
  needs: [],
  limits: { nullHeaderValues: "kafkajs takes the length of each header value, and null has none" },
  async write({ bootstrap, topic, partition }, records, { codec, acks, idempotent, batchRecords = 5000 }) {
    const producer = kafkajs(bootstrap).producer({
      idempotent,
      createPartitioner: Partitioners.DefaultPartitioner,
      ...idempotent ? { maxInFlightRequests: 1 } : {},
    });
    await producer.connect();
    try {
      for (const batch of batches(records, batchRecords)) {
        await producer.send({
          topic,
          acks,
          compression: compressionTypes[codec],
          messages: batch.map(({ key, value, headers, timestamp }) => ({
            partition,
            key: key && Buffer.from(key),
            value: value && Buffer.from(value),
            headers: asObject(headers),
            timestamp: String(timestamp),
          })),
        });
      }
    } finally {
      await producer.disconnect();
    }
  },
};

/** kafkajs puts all records of a call into one batch, which the broker's max.message.bytes limits. */
function* batches(records: readonly SentRecord[], recordsPerBatch: number): Generator<readonly SentRecord[]> {
  for (let start = 0; start < records.length; start += recordsPerBatch) {
    yield records.slice(start, start + recordsPerBatch);
  }
}

function asObject(headers: SentRecord["headers"]): IHeaders {
  const object: IHeaders = {};
  for (const { name, value } of headers) {
    const more = Buffer.from(value ?? []);
    const before = object[name];
    object[name] = before === undefined ? more : Array.isArray(before) ? [...before, more] : [before, more];
  }
  return object;
}
