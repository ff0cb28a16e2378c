/**
 * A consumer of what has left the page cache, against a broker in a process of its own: it gets its bytes, and the thread that
 * reads them from the disk is the I/O Worker's.
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import { evict } from "../../ffi/test_support.ts";
import { api } from "../../protocol/apis.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { SeededRandom, testSeed } from "../support/random.ts";

const topic = "cold";
const RECORD_BYTES = 900_000;
const RECORD_COUNT = 72;
const MEBIBYTE = 1 << 20;

/** Bytes that each thread has had the disk read, by the thread's name; those of one name are added up. */
function diskReadsByThread(pid: number): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const task = `/proc/${pid}/task/${name}`;
    const thread = Deno.readTextFileSync(`${task}/comm`).trim();
    const read = Number(/^read_bytes: (\d+)/m.exec(Deno.readTextFileSync(`${task}/io`))?.[1]);
    bytes.set(thread, (bytes.get(thread) ?? 0) + read);
  }
  return bytes;
}

/** Versions of Produce and Fetch from 13 on name topics by their ids. */
const LAST_BY_NAME = 12;

/** Takes the log out of the page cache. Returns whether the file system went along. */
function evictLog({ dataDirectory }: MilenaProcess): boolean {
  using file = openNativeDisk().open(`${dataDirectory}/${topic}-0/00000000000000000000.log`, {
    readOnly: true,
  });
  evict(file.descriptor);
  return !file.isCached(0, file.size());
}

async function produce(connection: Connection, value: Uint8Array): Promise<void> {
  const records = encodeBatch([{ timestamp: 1, value }]);
  const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }];
  const { responses } = await connection.request(api.Produce, { acks: -1, timeoutMs: 10_000, topicData }, {
    maxVersion: LAST_BY_NAME,
  });
  assert.equal(responses[0]!.partitionResponses[0]!.errorCode, 0);
}

/** Fetches all batches and compares their values, which are the ends of the batches but for one byte (no headers). */
async function consume(connection: Connection, values: readonly Uint8Array[]): Promise<void> {
  for (let offset = 0; offset < values.length;) {
    const partitions = [{ partition: 0, fetchOffset: offset, partitionMaxBytes: MEBIBYTE }];
    const topics = [{ topic, partitions }];
    const answer = await connection.request(api.Fetch, { maxWaitMs: 500, minBytes: 1, topics }, {
      maxVersion: LAST_BY_NAME,
    });
    const { errorCode, records } = answer.responses[0]!.partitions[0]!;
    assert.equal(errorCode, 0);
    assert.ok(
      records !== null && records.length > RECORD_BYTES,
      `offset ${offset}: ${records?.length} bytes`,
    );
    const view = new DataView(records.buffer, records.byteOffset, records.length);
    for (let position = 0; position + 12 <= records.length;) {
      const end = position + 12 + view.getInt32(position + 8);
      if (end > records.length) break;
      assert.equal(Number(view.getBigInt64(position)), offset);
      const value = records.subarray(end - 1 - RECORD_BYTES, end - 1);
      assert.ok(equal(value, values[offset]!), `the record at ${offset} differs`);
      position = end;
      offset++;
    }
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

Deno.test("a consumer of what is not in the page cache gets it, and the I/O Worker reads it", async (test) => {
  const random = new SeededRandom(testSeed());
  const values = Array.from({ length: RECORD_COUNT }, () => random.bytes(RECORD_BYTES));
  await using broker = await startMilena({ settings: { "num.partitions": "1" } });
  {
    using connection = await Connection.connect({ address: broker.kafka, clientId: "test" });
    const topics = [{ name: topic, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }];
    await connection.request(api.CreateTopics, { topics, timeoutMs: 5000 });
    for (const value of values) await produce(connection, value);
  }
  // After this everything is on the disk, and nothing of the log known to the process.
  await broker.restart();
  if (!evictLog(broker)) {
    console.log(`left out: the file system of ${broker.dataDirectory} keeps files in the page cache`);
    return;
  }
  using connection = await Connection.connect({ address: broker.kafka, clientId: "test" });
  const before = diskReadsByThread(broker.pid);
  await consume(connection, values);
  const after = diskReadsByThread(broker.pid);
  const read = (thread: string) => (after.get(thread) ?? 0) - (before.get(thread) ?? 0);
  const said = [...after.keys()].map((thread) => `${thread} ${read(thread)}`).join(", ");
  const total = RECORD_BYTES * RECORD_COUNT;
  assert.ok(read("io-read") > 0.9 * total, `bytes read from the disk: ${said}`);

  await test.step("what is cached is sent without the I/O Worker", async () => {
    await consume(connection, values);
    // Where memory is short some of it may have left the page cache again.
    const again = (diskReadsByThread(broker.pid).get("io-read") ?? 0) - after.get("io-read")!;
    assert.ok(again < total / 4, `${again} bytes read from the disk again`);
  });
});
