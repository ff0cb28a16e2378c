/**
 * A topic for one run: made with the partitions that the run wants, known to the broker before the run begins, and gone
 * from the disk before the next one begins, so that its memory is there to be used again.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import type { BrokerProcess } from "./broker_process.ts";

const READY_WITHIN_MS = 10_000;
/** Kafka begins to remove files half a minute after its start. */
const GONE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Makes a topic, hands it to `use`, deletes it and waits until its files are gone. */
export async function withTopic<T>(
  broker: BrokerProcess,
  partitions: number,
  use: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = `bench-${crypto.randomUUID().slice(0, 8)}`;
  using connection = await broker.connect();
  await create(connection, topic, partitions);
  try {
    return await use(topic);
  } finally {
    await remove(connection, topic);
    await until(`${broker.name}: no file of the deleted topic ${topic} is left`, GONE_WITHIN_MS, async () => {
      for await (const entry of Deno.readDir(broker.logDirectory)) {
        if (entry.name.includes(topic)) return false;
      }
      return true;
    });
  }
}

async function create(connection: Connection, name: string, numPartitions: number): Promise<void> {
  const { topics: [created] } = await connection.request(api.CreateTopics, {
    topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: READY_WITHIN_MS,
  });
  refuse(`CreateTopics ${name}`, created?.errorCode);
  await until(`every partition of ${name} has a leader`, READY_WITHIN_MS, async () => {
    const { topics: [topic] } = await connection.request(api.Metadata, {
      topics: [{ name }],
      allowAutoTopicCreation: false,
    });
    const led = topic?.partitions.filter(({ errorCode, leaderId }) => errorCode === 0 && leaderId >= 0);
    return led?.length === numPartitions;
  });
}

async function remove(connection: Connection, name: string): Promise<void> {
  // Version 5 is the last that names topics by itself; later ones have a struct for name or id.
  const { responses: [deleted] } = await connection.request(api.DeleteTopics, {
    topicNames: [name],
    timeoutMs: READY_WITHIN_MS,
  }, { maxVersion: 5 });
  refuse(`DeleteTopics ${name}`, deleted?.errorCode);
}

function refuse(what: string, errorCode: number | undefined): void {
  if (errorCode === 0) return;
  throw new Error(
    `${what}: ${errorCode === undefined ? "nothing about it in the answer" : errorName(errorCode)}`,
  );
}

async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
