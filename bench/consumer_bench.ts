/**
 * What a consumer pays for each record of 100 bytes once its batch has come: ways to read the same 100,000 records, which
 * lie in batches of 16 KiB. `deno bench -A bench/consumer_bench.ts`; a million records a second is 100 ms an iteration.
 * @module
 */
import { createHash } from "node:crypto";
import { AbortedTransactions } from "../client/consumer/aborted_transactions.ts";
import type { ConsumerRecord } from "../client/consumer/consumer_record.ts";
import { splitBatches } from "../client/consumer/fetched_batch.ts";
import { PartitionState } from "../client/consumer/partition_state.ts";
import { ReadLoop } from "../client/consumer/read_loop.ts";
import { RecordFeed } from "../client/consumer/record_feed.ts";
import { bytes } from "../client/serializers/bytes.ts";
import { string } from "../client/serializers/string.ts";
import type { Deserializer } from "../client/serializers/serializer.ts";
import { TurnClock } from "../client/consumer/turn_clock.ts";
import { CompressionType } from "../protocol/compression.ts";
import { loadNativeCrc32c } from "../protocol/crc32c.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";

const RECORDS = 100_000;
const RECORDS_OF_BATCH = 148;
const VALUE = new TextEncoder().encode(
  JSON.stringify({ id: 123456, name: "a value of a hundred bytes, as in the goals", x: 1 }).padEnd(100),
);

function fetched(compression: CompressionType, recordCount = RECORDS): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < recordCount; offset += RECORDS_OF_BATCH) {
    const count = Math.min(RECORDS_OF_BATCH, recordCount - offset);
    const records = Array.from({ length: count }, () => ({ timestamp: 1_700_000_000_000, value: VALUE }));
    const batch = encodeBatch(records, { compression });
    new RecordBatch(batch).setBaseOffset(offset);
    parts.push(batch);
  }
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function feedOf<V>(response: Uint8Array, value: Deserializer<V>): RecordFeed<Uint8Array | null, V> {
  const feed = new RecordFeed<Uint8Array | null, V>({
    deserializers: { key: bytes, value },
    checkCrcs: true,
    maxUnpackedBytes: 1 << 24,
    onRoom: () => {},
  });
  const state = new PartitionState({ topic: "topic", partition: 0 }, { usedBytes: 0 }, 0);
  state.add(splitBatches(response, 0, new AbortedTransactions([])));
  feed.push(state);
  return feed;
}

function loopOf<V>(feed: RecordFeed<Uint8Array | null, V>): ReadLoop<ConsumerRecord<Uint8Array | null, V>> {
  const clock = new TurnClock();
  const ask = () => feed.asked();
  const take = () => clock.isDue() ? undefined : feed.nextRecord();
  const wait = async () => {
    await clock.turn();
    return feed.nextRecord();
  };
  return new ReadLoop({ ask, take, wait, end: () => {} });
}

function check(count: number): void {
  if (count !== RECORDS) throw new Error(`${count} records of ${RECORDS}`);
}

/** A digest of what either way gives. */
export async function smoke(): Promise<string> {
  const hash = createHash("sha256");
  for (const compression of Object.values(CompressionType)) {
    const response = fetched(compression, 500);
    const batches = feedOf(response, string);
    for (let batch = batches.nextBatch(); batch !== undefined; batch = batches.nextBatch()) {
      for (const { offset, timestamp, value } of batch.records) {
        hash.update(`${offset} ${timestamp} ${value}\n`);
      }
    }
    let count = 0;
    for await (const { offset, value } of loopOf(feedOf(response, bytes))) {
      hash.update(`${offset} `).update(value!);
      if (++count === 500) break;
    }
  }
  return hash.digest("hex");
}

await loadNativeCrc32c();

for (const [name, compression] of Object.entries(CompressionType)) {
  const response = fetched(compression);
  Deno.bench({
    name: `batches, offsets only, ${name}`,
    group: name,
    fn() {
      const feed = feedOf(response, bytes);
      let count = 0;
      for (let batch = feed.nextBatch(); batch !== undefined; batch = feed.nextBatch()) {
        for (const record of batch.records) if (record.offset === count) count++;
      }
      check(count);
    },
  });
  if (compression !== CompressionType.none && compression !== CompressionType.lz4) continue;
  Deno.bench({
    name: `batches, values as bytes, ${name}`,
    group: name,
    fn() {
      const feed = feedOf(response, bytes);
      let count = 0;
      for (let batch = feed.nextBatch(); batch !== undefined; batch = feed.nextBatch()) {
        for (const { value } of batch.records) if (value!.length === 100) count++;
      }
      check(count);
    },
  });
  Deno.bench({
    name: `batches, values as text, ${name}`,
    group: name,
    fn() {
      const feed = feedOf(response, string);
      let count = 0;
      for (let batch = feed.nextBatch(); batch !== undefined; batch = feed.nextBatch()) {
        for (const { value } of batch.records) if (value!.length === 100) count++;
      }
      check(count);
    },
  });
  Deno.bench({
    name: `for await, values as bytes, ${name}`,
    group: name,
    async fn() {
      let count = 0;
      for await (const { value } of loopOf(feedOf(response, bytes))) if (value!.length === 100) count++;
      check(count);
    },
  });
}
