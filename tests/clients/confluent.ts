/**
 * confluent-kafka for Python (librdkafka), in one Python process that the tests of a file share.
 * @module
 */
import { Buffer } from "node:buffer";
import type { JsonDriver } from "../support/json_driver.ts";
import { pythonEnvironment } from "../support/python_environment.ts";
import type { Reader, SentRecord, StoredRecord, Writer } from "./client.ts";
import { pythonDriver } from "./python_driver.ts";

export const confluentPython = await pythonEnvironment("confluent-kafka==2.16.1");
export const confluentPackage = confluentPython.requirement;

export const startConfluent = () => pythonDriver("confluent-kafka", confluentPython, "./confluent_driver.py");

type Base64 = string | null;
type StoredTuple = [
  offset: number,
  timestamp: number,
  key: Base64,
  value: Base64,
  headers: [string, Base64][],
];

let driver: JsonDriver | undefined;

/** Ends the Python process, if one was started. */
export async function closeConfluent(): Promise<void> {
  await driver?.close();
  driver = undefined;
}

/** Sends a command to confluent_driver.py; throws what it throws. */
export async function confluent<T>(command: Record<string, unknown>): Promise<T> {
  driver ??= startConfluent();
  return await driver.ask<T>(command);
}

export const confluentWriter: Writer = {
  name: "confluent-kafka",
  needs: [confluentPackage],
  limits: {},
  async write({ bootstrap, topic, partition }, records, { codec, acks, idempotent, batchRecords }) {
    const outcomes = await confluent<unknown[]>({
      do: "produce",
      topic,
      partition,
      records: records.map(toSend),
      config: {
        "bootstrap.servers": bootstrap,
        "compression.type": codec,
        "acks": acks,
        "enable.idempotence": idempotent,
        "message.max.bytes": 1_048_576,
        "linger.ms": 5,
        ...batchRecords === undefined ? {} : { "batch.num.messages": batchRecords },
      },
    });
    const failed = outcomes.findIndex((outcome) => !Array.isArray(outcome));
    if (failed >= 0) {
      throw new Error(`confluent-kafka: record ${failed} was not delivered: ${outcomes[failed]}`);
    }
  },
};

export const confluentReader: Reader = {
  name: "confluent-kafka",
  needs: [confluentPackage],
  read: ({ bootstrap, topic, partitions }) =>
    confluentRead(bootstrap, Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))),
};

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** All records of each of `places`, with settings of librdkafka's consumer: by default it reads what is committed. */
export async function confluentRead(
  bootstrap: string,
  places: readonly Place[],
  config: Readonly<Record<string, string>> = {},
): Promise<StoredRecord[][]> {
  const read = await confluent<StoredTuple[][]>({
    do: "consume",
    bootstrap,
    places: places.map(({ topic, partition }) => [topic, partition]),
    config,
  });
  return read.map((records) =>
    records.map(([offset, timestamp, key, value, headers]): StoredRecord => ({
      offset,
      timestamp,
      key: asBytes(key),
      value: asBytes(value),
      headers: headers.map(([name, value]) => ({ name, value: asBytes(value) })),
    }))
  );
}

/** Writes transactions to one partition, one after the other, each ended as it says. */
export async function confluentTransact(
  { bootstrap, topic, partition }: Parameters<Writer["write"]>[0],
  transactionalId: string,
  transactions: readonly { readonly outcome: "commit" | "abort"; readonly records: readonly SentRecord[] }[],
): Promise<void> {
  await confluent({
    do: "transact",
    topic,
    partition,
    transactions: transactions.map(({ outcome, records }) => ({ outcome, records: records.map(toSend) })),
    config: { "bootstrap.servers": bootstrap, "transactional.id": transactionalId, "linger.ms": 5 },
  });
}

/** First and next offset of a partition, and the offset of the first record of `timestamp` or later (-1: none). */
export async function confluentOffsets(
  at: Parameters<Writer["write"]>[0],
  timestamp: number,
): Promise<[low: number, high: number, atTime: number]> {
  return await confluent({ do: "offsets", ...at, timestamp });
}

function toSend({ key, value, headers, timestamp }: SentRecord): Record<string, unknown> {
  return {
    key: asBase64(key),
    value: asBase64(value),
    headers: headers.map(({ name, value }) => [name, asBase64(value)]),
    timestamp,
  };
}

function asBase64(bytes: Uint8Array | null): Base64 {
  return bytes && Buffer.from(bytes).toString("base64");
}

function asBytes(text: Base64): Uint8Array | null {
  return text === null ? null : new Uint8Array(Buffer.from(text, "base64"));
}
