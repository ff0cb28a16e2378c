/**
 * kafkajs 2.2.4.
 * @module
 */
import { Buffer } from "node:buffer";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  CompressionCodecs,
  CompressionTypes,
  type IHeaders,
  Kafka,
  type KafkaMessage,
  logLevel,
  Partitioners,
} from "kafkajs";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { compressSync, uncompressSync } from "snappy";
import type { Codec, Reader, SentRecord, StoredRecord, Writer } from "./client.ts";

interface Encoder {
  readonly buffer: Buffer;
}

// kafkajs brings gzip; the others are the user's to plug in.
CompressionCodecs[CompressionTypes.Snappy] = codec(compressSync, unpackSnappy);
CompressionCodecs[CompressionTypes.LZ4] = codec(compressFrameSync, decompressFrameSync);
CompressionCodecs[CompressionTypes.ZSTD] = codec(zstdCompressSync, zstdDecompressSync);

/** Java's snappy comes in blocks behind a header of 16 bytes, each with its length; others write one block without. */
function unpackSnappy(bytes: Buffer): Buffer {
  const unpack = (block: Buffer) => uncompressSync(block, { asBuffer: true }) as Buffer;
  if (bytes.subarray(1, 7).toString() !== "SNAPPY") return unpack(bytes);
  const blocks: Buffer[] = [];
  for (let at = 16; at < bytes.length;) {
    const begin = at + 4;
    at = begin + bytes.readUInt32BE(at);
    blocks.push(unpack(bytes.subarray(begin, at)));
  }
  return Buffer.concat(blocks);
}

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

/** By a group, as it can't without. It has headers by name: those of one name come one behind the other. */
export const kafkajsReader: Reader = {
  name: "kafkajs",
  needs: [],
  async read({ bootstrap, topic, partitions }) {
    const admin = kafkajs(bootstrap).admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    let left = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const records = Array.from({ length: partitions }, (): StoredRecord[] => []);
    const consumer = kafkajs(bootstrap).consumer({
      groupId: `kafkajs-${crypto.randomUUID()}`,
      maxBytesPerPartition: 2_000_000,
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`kafkajs: ${left} records of ${topic} did not come`)),
          30_000,
        );
        consumer.run({
          eachMessage: ({ partition, message }) => {
            records[partition]!.push(stored(message));
            if (--left === 0) {
              clearTimeout(timer);
              resolve();
            }
            return Promise.resolve();
          },
        }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
    return records;
  },
};

function stored({ offset, timestamp, key, value, headers = {} }: KafkaMessage): StoredRecord {
  const bytes = (given: Buffer | null) => given && new Uint8Array(given);
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: bytes(key),
    value: bytes(value),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => ({
        name,
        value: value == null ? null : new Uint8Array(Buffer.from(value)),
      }))
    ),
  };
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
