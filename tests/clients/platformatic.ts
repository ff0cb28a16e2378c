/**
 * @platformatic/kafka 2.12. Its consumer's low-level fetch reads without a group.
 * @module
 */
import { Buffer } from "node:buffer";
import { Admin, Consumer, Producer, type RecordsBatch } from "@platformatic/kafka";
import type { Reader, StoredRecord, Writer } from "./client.ts";

function baseOptions(bootstrap: string) {
  return { clientId: "milena-test-platformatic", bootstrapBrokers: [bootstrap], retries: 3, timeout: 10_000 };
}

export function platformaticAdmin(bootstrap: string): Admin {
  return new Admin(baseOptions(bootstrap));
}

export const platformaticWriter: Writer = {
  name: "platformatic",
  needs: [],
  limits: {
    distantTimestamps: "it writes a timestamp 25 days or more from its batch's first with the wrong sign",
  },
  async write({ bootstrap, topic, partition }, records, { codec, acks, idempotent, batchRecords = 5000 }) {
    const producer = new Producer({ ...baseOptions(bootstrap), idempotent });
    try {
      for (let start = 0; start < records.length; start += batchRecords) {
        await producer.send({
          acks,
          compression: codec,
          messages: records.slice(start, start + batchRecords).map((
            { key, value, headers, timestamp },
          ) => ({
            topic,
            partition,
            // Its types forbid the nulls that its encoder writes as Kafka wants them.
            key: asBuffer(key)!,
            value: asBuffer(value)!,
            headers: new Map(headers.map(({ name, value }) => [Buffer.from(name), asBuffer(value)!])),
            timestamp: BigInt(timestamp),
          })),
        });
      }
    } finally {
      await producer.close();
    }
  },
};

function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes);
}

export const platformaticReader: Reader = {
  name: "platformatic",
  needs: [],
  async read({ bootstrap, topic, partitions }) {
    const consumer = new Consumer({ ...baseOptions(bootstrap), groupId: "unused", autocommit: false });
    // It knows the names of its topics by their ids, for brokers that want names in a fetch (before version 13).
    consumer.topics.track(topic);
    try {
      const metadata = await consumer.metadata({ topics: [topic] });
      const { id, partitions: states } = metadata.topics.get(topic)!;
      const records = Array.from({ length: partitions }, (): StoredRecord[] => []);
      const positions = new Array<bigint>(partitions).fill(0n);
      let open = [...positions.keys()];
      while (open.length > 0) {
        const { responses } = await consumer.fetch({
          node: states[0]!.leader,
          maxWaitTime: 100,
          minBytes: 1,
          maxBytes: 8 * 1024 * 1024,
          topics: [{
            topicId: id,
            partitions: open.map((partition) => ({
              partition,
              fetchOffset: positions[partition]!,
              partitionMaxBytes: 1024 * 1024,
              currentLeaderEpoch: -1,
              lastFetchedEpoch: -1,
            })),
          }],
        });
        const answered = responses.flatMap((response) => response.partitions);
        for (const { partitionIndex, records: batches, highWatermark } of answered) {
          for (const record of flatten(batches ?? [])) {
            // A fetch from within a batch returns the whole batch.
            if (record.offset < positions[partitionIndex]!) continue;
            records[partitionIndex]!.push(record);
            positions[partitionIndex] = BigInt(record.offset + 1);
          }
          if (positions[partitionIndex]! >= highWatermark) {
            open = open.filter((index) => index !== partitionIndex);
          }
        }
      }
      return records;
    } finally {
      await consumer.close();
    }
  },
};

function* flatten(batches: readonly RecordsBatch[]): Generator<StoredRecord> {
  for (const { firstOffset, firstTimestamp, records } of batches) {
    for (const { key, value, headers, offsetDelta, timestampDelta } of records) {
      yield {
        offset: Number(firstOffset) + offsetDelta,
        timestamp: Number(firstTimestamp + timestampDelta),
        key: key && new Uint8Array(key),
        value: value && new Uint8Array(value),
        headers: headers.map(([name, value]) => ({
          name: String(name),
          value: value && new Uint8Array(value),
        })),
      };
    }
  }
}
