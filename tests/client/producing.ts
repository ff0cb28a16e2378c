/**
 * Producers as the tests of this folder use them, and what they have left in the log, as somebody else reads it.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { Producer, type ProducerConfig } from "../../client/mod.ts";
import type { RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, type LogRecord } from "../../protocol/records.ts";
import { readBatches } from "../crash/partition_reader.ts";

/** Both must give the same, so every test of producers runs with each. */
export const senders = ["worker", "inline"] as const;
export type Sender = typeof senders[number];

export type Data = Uint8Array | string | null;
export type Config = ProducerConfig<Data, Data>;

/** Lends a producer and closes it afterwards, whatever happens. */
export async function withProducer<T>(
  config: Config,
  use: (producer: Producer<Data, Data>) => Promise<T>,
): Promise<T> {
  const producer = new Producer<Data, Data>(config);
  let result: T;
  try {
    result = await use(producer);
  } catch (error) {
    await producer.close().catch(() => {});
    throw error;
  }
  await producer.close();
  return result;
}

export interface StoredBatch {
  readonly batch: RecordBatch;
  readonly records: readonly LogRecord[];
}

const UNPACKED_BYTES = 1 << 24;

/** The batches of each partition, from its first to its last, without the client's own consumer. */
export async function storedBatches(
  bootstrap: string,
  topic: string,
  partitionCount: number,
): Promise<StoredBatch[][]> {
  const [host, port] = bootstrap.split(":");
  using connection = await Connection.connect({
    address: { host: host!, port: Number(port) },
    clientId: "milena-test-reader",
  });
  const partitions: StoredBatch[][] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    const batches: StoredBatch[] = [];
    for await (const batch of readBatches(connection, topic, partition)) {
      batches.push({
        batch,
        records: batch.isControl ? [] : [...decodeRecords(batch, { maxBytes: UNPACKED_BYTES })],
      });
    }
    partitions.push(batches);
  }
  return partitions;
}

/** The records of each partition. */
export async function storedRecords(
  bootstrap: string,
  topic: string,
  partitionCount: number,
): Promise<LogRecord[][]> {
  const partitions = await storedBatches(bootstrap, topic, partitionCount);
  return partitions.map((batches) => batches.flatMap(({ records }) => records));
}

/** Values as texts. */
export async function storedTexts(
  bootstrap: string,
  topic: string,
  partitionCount: number,
): Promise<string[][]> {
  const partitions = await storedRecords(bootstrap, topic, partitionCount);
  return partitions.map((records) => records.map(({ value }) => textOf(value)));
}

export function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? "null" : new TextDecoder().decode(bytes);
}

export interface ClientError extends Error {
  readonly retriable: boolean;
}

/** Waits for the error that must come; it must be a sentence and say whether trying again may help. */
export async function errorOf(doing: Promise<unknown> | (() => unknown)): Promise<ClientError> {
  try {
    await (typeof doing === "function" ? doing() : doing);
  } catch (error) {
    assert.ok(error instanceof Error, `an Error, not ${error}`);
    assert.ok(
      "retriable" in error && typeof error.retriable === "boolean",
      `${error.name} says whether it may be tried again: ${error.message}`,
    );
    assert.match(error.message, /\S+ \S+ \S+/, "a sentence");
    return error as ClientError;
  }
  assert.fail("no error came");
}

/** `count` numbered texts of `length` bytes. */
export function numbered(count: number, length = 10): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padEnd(length, "."));
}

/** What `doing` comes to; throws if that takes longer. */
export async function within<T>(doing: Promise<T>, ms: number, what = "something"): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not done within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([doing, late]);
  } finally {
    clearTimeout(timer);
  }
}
