/**
 * Reads a topic to its end in one way, in a process of its own, and prints records per second:
 * `read.ts WAY HOST:PORT TOPIC COUNT`. Counted from the first record on, so that joining a group is left out.
 * @module
 */
import { Kafka, logLevel } from "kafkajs";
import { Consumer as PlatformaticConsumer } from "@platformatic/kafka";
import { Consumer } from "../../client/consumer/consumer.ts";

export type Way = (bootstrap: string, topic: string, onRecords: (count: number) => void) => Promise<void>;

const group = () => `bench-${crypto.randomUUID()}`;

function own(bootstrap: string, topic: string): Consumer {
  const consumer = new Consumer({
    "bootstrap.servers": bootstrap,
    "group.id": group(),
    "auto.offset.reset": "earliest",
    "max.poll.records": 5000,
  });
  consumer.subscribe([topic]);
  return consumer;
}

/** Each looks at the length of every value. */
export const ways: Readonly<Record<string, Way>> = {
  async "batches"(bootstrap, topic, onRecords) {
    for await (const { records } of own(bootstrap, topic).batches()) {
      let count = 0;
      for (const { value } of records) if (value!.length > 0) count++;
      onRecords(count);
    }
  },
  async "for await"(bootstrap, topic, onRecords) {
    for await (const { value } of own(bootstrap, topic)) if (value!.length > 0) onRecords(1);
  },
  async "poll"(bootstrap, topic, onRecords) {
    const consumer = own(bootstrap, topic);
    for (;;) {
      let count = 0;
      for (const { value } of await consumer.poll()) if (value!.length > 0) count++;
      onRecords(count);
    }
  },
  async "kafkajs"(bootstrap, topic, onRecords) {
    const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
      groupId: group(),
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch({ batch: { messages } }) {
        let count = 0;
        for (const { value } of messages) if (value!.length > 0) count++;
        onRecords(count);
        return Promise.resolve();
      },
    });
    await new Promise(() => {});
  },
  async "@platformatic/kafka"(bootstrap, topic, onRecords) {
    const consumer = new PlatformaticConsumer({
      clientId: "bench",
      bootstrapBrokers: [bootstrap],
      groupId: group(),
      maxWaitTime: 500,
      maxBytes: 50 * 1024 * 1024,
    });
    const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: false });
    for await (const { value } of stream) if (value!.length > 0) onRecords(1);
  },
};

if (import.meta.main) {
  const [way, bootstrap, topic, wanted] = Deno.args as [string, string, string, string];
  let count = 0;
  let begin = 0;
  let first = 0;
  const end = setTimeout(() => Deno.exit(3), 100_000);
  await ways[way]!(bootstrap, topic, (more) => {
    if (more === 0) return;
    if (count === 0) {
      begin = performance.now();
      first = more;
    }
    count += more;
    if (count < Number(wanted)) return;
    clearTimeout(end);
    const seconds = (performance.now() - begin) / 1000;
    console.log(JSON.stringify({ way, perSecond: Math.round((count - first) / seconds), count }));
    Deno.exit(0);
  });
}
