/**
 * The project's own client, by its public classes, as one that writes and one that reads.
 * @module
 */
import { Consumer, Producer } from "../../client/mod.ts";
import type { Reader, StoredRecord, Writer } from "./client.ts";
import { kafkajs } from "./kafkajs.ts";

/** `sender`: of the producer. */
export function milenaWriter(sender: "worker" | "inline"): Writer {
  return {
    name: `milena-${sender}`,
    needs: [],
    limits: {},
    async write({ bootstrap, topic, partition }, records, { codec, acks, idempotent, batchRecords }) {
      const producer = new Producer({
        "bootstrap.servers": bootstrap,
        "client.id": "milena-test-client",
        "compression.type": codec,
        "acks": acks === -1 ? "all" : String(acks) as "0" | "1",
        "enable.idempotence": idempotent,
        "batch.size": 65_536,
        sender,
      });
      try {
        for (const [index, { key, value, headers, timestamp }] of records.entries()) {
          await producer.append({
            topic,
            partition,
            key,
            value,
            headers: headers.map(({ name, value }) => ({ key: name, value })),
            timestamp,
          });
          if (batchRecords !== undefined && (index + 1) % batchRecords === 0) await producer.flush();
        }
        await producer.flush();
      } finally {
        await producer.close();
      }
    },
  };
}

export const milenaReader: Reader = {
  name: "milena",
  needs: [],
  async read({ bootstrap, topic, partitions }) {
    const ends = await endsOf(bootstrap, topic);
    const consumer = new Consumer({
      "bootstrap.servers": bootstrap,
      "client.id": "milena-test-client",
      "auto.offset.reset": "earliest",
    });
    const records = Array.from({ length: partitions }, (): StoredRecord[] => []);
    let left = ends.reduce((sum, end) => sum + end, 0);
    try {
      await consumer.assign(records.map((_, partition) => ({ topic, partition })));
      while (left > 0) {
        const polled = await consumer.poll({ timeoutMs: 10_000 });
        if (polled.length === 0) throw new Error(`${left} records of ${topic} did not come within 10 s`);
        for (const { partition, offset, timestamp, key, value, headers } of polled) {
          records[partition]!.push({
            offset,
            timestamp,
            key: copied(key),
            value: copied(value),
            headers: headers.map(({ key, value }) => ({ name: key, value: copied(value) })),
          });
        }
        left -= polled.length;
      }
      return records;
    } finally {
      await consumer.close();
    }
  },
};

/** Views into what was fetched would keep all of it. */
function copied(bytes: Uint8Array | null): Uint8Array | null {
  return bytes && bytes.slice();
}

/** Where each partition ends, as somebody else has it: a record that the reader can't see must not shorten what is wanted. */
export async function endsOf(bootstrap: string, topic: string): Promise<number[]> {
  const admin = kafkajs(bootstrap).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  } finally {
    await admin.disconnect();
  }
}
