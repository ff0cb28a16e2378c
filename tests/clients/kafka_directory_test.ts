/**
 * Data directories go from Milena to Apache Kafka and back: what one has written the other serves, record by record, after
 * a clean stop and after kill -9.
 * @module
 */
import assert from "node:assert/strict";
import { BrokerProcess } from "../../bench/peers/broker_process.ts";
import { kafkaWith, quickReturn } from "../../bench/peers/launchers.ts";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import { assertKafkaCanRead, partitionFiles } from "../support/log_files.ts";
import { startMilena } from "../support/milena_process.ts";
import { javaTool, javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { type Codec, codecs, type SentRecord, type StoredRecord } from "./client.ts";
import { assertSameRecords } from "./compare.ts";
import {
  closeConfluent,
  confluent,
  confluentOffsets,
  confluentPackage,
  confluentRead,
  confluentTransact,
  confluentWriter,
} from "./confluent.ts";
import { awkwardRecords, numberedRecord } from "./sample_records.ts";

Deno.test.afterAll(closeConfluent);

const needs = [javaTools, confluentPackage];
const HEAP = "-Xmx512M -Xms128M";
const KEPT_BY_KAFKA = "partition.metadata";
/** The least that Kafka 4 takes. */
const smallSegments = { "segment.bytes": String(1024 * 1024), "retention.ms": "-1" };

/** A topic and what is written to its only partition. */
interface Content {
  readonly topic: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly codec: Codec;
  readonly idempotent: boolean;
  readonly records: readonly SentRecord[];
}

const small = awkwardRecords({}).filter(({ value }) => (value?.length ?? 0) < 100_000);

/** One topic for each codec, and one that has several segments, written by an idempotent producer. */
const contents: readonly Content[] = [
  ...codecs.map((codec): Content => ({
    topic: `written-${codec}`,
    settings: smallSegments,
    codec,
    idempotent: false,
    records: small,
  })),
  {
    topic: "rolled",
    settings: smallSegments,
    codec: "none",
    idempotent: true,
    records: Array.from({ length: 20_000 }, (_, index) => numberedRecord(index)),
  },
];

testNeeding(
  needs,
  "Apache Kafka serves what Milena has written, and recovers it after kill -9",
  async (t) => {
    await using broker = await startMilena();
    await fill(broker.bootstrap, contents);
    await broker.terminate();

    const command = await kafkaWith(quickReturn, HEAP).prepare();
    await using first = await BrokerProcess.start(command);
    for (const { topic, settings } of contents) await create(first.bootstrap, topic, settings);
    await first.terminate();
    const files = new Map<string, number>();
    for (const { topic } of contents) {
      const directory = `${command.logDirectory}/${topic}-0`;
      await replaceContent(directory, `${broker.dataDirectory}/${topic}-0`);
      for (const name of namesIn(directory)) {
        if (name.endsWith(".log")) {
          files.set(`${directory}/${name}`, (await Deno.stat(`${directory}/${name}`)).size);
        }
      }
    }

    const assertServed = async (kafka: BrokerProcess) => {
      const stored = await readAll(kafka.bootstrap, contents);
      for (const [index, { records }] of contents.entries()) assertSameRecords(stored[index]!, records, {});
      for (const [path, size] of files) {
        assert.equal(
          (await Deno.stat(path)).size,
          size,
          `${path} is as it was`,
        );
      }
      assertNoComplaint(kafka);
    };

    await using second = await BrokerProcess.start(command);
    await t.step("taken at its word, as it was closed cleanly", () => assertServed(second));
    await second.kill9();

    await using third = await BrokerProcess.start(command);
    await t.step("read from end to end, as recovery does", () => assertServed(third));
    await t.step("and goes on where we stopped", async () => {
      for (const { topic, codec, idempotent } of contents) {
        const at = { bootstrap: third.bootstrap, topic, partition: 0 };
        await confluentWriter.write(at, small, { codec, acks: -1, idempotent });
      }
      const stored = await readAll(third.bootstrap, contents);
      for (const [index, { records }] of contents.entries()) {
        assertSameRecords(stored[index]!, [...records, ...small], {});
      }
    });
    await third.terminate();
    await t.step("its reader finds nothing to complain about", async () => {
      const own = partitionFiles(command.logDirectory).filter((path) =>
        contents.some(({ topic }) => path.includes(`/${topic}-0/`))
      );
      const figures = await assertKafkaCanRead(own);
      assert.equal(
        figures.records,
        contents.reduce((sum, { records }) => sum + records.length + small.length, 0),
      );
    });
  },
);

/** What a partition of Kafka's looks like from outside. */
interface View {
  /** All that the log holds, and what is left of it for who reads committed records only. */
  readonly records: readonly StoredRecord[];
  readonly committed: readonly StoredRecord[];
  readonly offsets: readonly number[];
}

const PREALLOCATED = "preallocated";
const theirs: readonly Content[] = [
  ...contents,
  {
    topic: PREALLOCATED,
    settings: { ...smallSegments, preallocate: "true" },
    codec: "zstd",
    idempotent: true,
    records: small,
  },
];
const TRANSACTIONAL = "transactional";
const COMPACTED = "compacted";
const SHORTENED = "shortened";
/** What Milena does not write itself. */
const only = [PREALLOCATED, TRANSACTIONAL, COMPACTED, SHORTENED];
const topics = [...contents.map(({ topic }) => topic), ...only];
const SHORTENED_BY = 1234;

testNeeding(needs, "Milena serves what Apache Kafka has written", async (t) => {
  const command = await kafkaWith({
    ...quickReturn,
    "transaction.state.log.num.partitions": "1",
    "offsets.topic.num.partitions": "1",
    "log.cleaner.backoff.ms": "100",
    "log.initial.task.delay.ms": "100",
    // Otherwise a kill within a minute brings back what DeleteRecords has taken away.
    "log.flush.start.offset.checkpoint.interval.ms": "100",
  }, HEAP).prepare();
  await using kafka = await BrokerProcess.start(command);
  await fillKafka(kafka);
  const views = await viewAll(kafka.bootstrap);
  const { records, committed } = views.get(TRANSACTIONAL)!;
  assert.equal(records.length - committed.length, 400, "records of aborted transactions");
  await using copies = new AsyncDisposableStack();
  const copy = async () => {
    const directory = await Deno.makeTempDir({ prefix: "milena-test-" });
    copies.defer(() => Deno.remove(directory, { recursive: true }));
    await copyDirectory(command.logDirectory, directory);
    return directory;
  };

  await kafka.kill9();
  const killed = await copy();
  await using again = await BrokerProcess.start(command);
  assertSameViews(await viewAll(again.bootstrap), views);
  await again.terminate();
  const stopped = await copy();

  for (const [how, dataDirectory] of [["a clean stop", stopped], ["kill -9", killed]] as const) {
    await t.step(`after ${how}`, async () => {
      // Records are years old. Whether they may go, only Kafka knows.
      const settings = { "log.retention.check.interval.ms": "100" };
      await using milena = await startMilena({ dataDirectory, settings });
      assertSameViews(await viewAll(milena.bootstrap), views);
      for (const topic of only) {
        const at = { bootstrap: milena.bootstrap, topic, partition: 0 };
        await confluentWriter.write(at, [numberedRecord(0)], { codec: "lz4", acks: -1, idempotent: true });
      }
      for (const [topic, { records }] of await viewAll(milena.bootstrap)) {
        const next = views.get(topic)!.offsets[1];
        if (only.includes(topic)) {
          assert.equal(records.at(-1)!.offset, next, `${topic} goes on where Kafka stopped`);
        }
      }
      await milena.terminate();
      const { problems } = checkDataDirectory(openNativeDisk(), dataDirectory);
      // Kafka's metadata log stays as Kafka's death has left it: nobody here opens it.
      assert.deepEqual(problems.filter(({ path }) => !path.includes("/__cluster_metadata-0/")), []);
      assert.doesNotMatch(milena.stderr, /error|warn|damaged|corrupt/i);
    });
  }
});

async function fill(bootstrap: string, topics: readonly Content[]): Promise<void> {
  for (const { topic, settings, codec, idempotent, records } of topics) {
    await create(bootstrap, topic, settings);
    const options = { codec, idempotent, acks: -1, batchRecords: 250 } as const;
    await confluentWriter.write({ bootstrap, topic, partition: 0 }, records, options);
  }
}

/** Everything that only Kafka can do: transactions, compaction, a log whose beginning is gone. */
async function fillKafka(kafka: BrokerProcess): Promise<void> {
  const { bootstrap, logDirectory } = kafka;
  const at = (topic: string) => ({ bootstrap, topic, partition: 0 });
  await fill(bootstrap, theirs);

  await create(bootstrap, TRANSACTIONAL, smallSegments);
  const some = (index: number) => Array.from({ length: 100 }, (_, at) => numberedRecord(index * 100 + at));
  const outcomes = ["commit", "abort", "abort", "commit", "abort", "commit"] as const;
  const transactions = outcomes.map((outcome, index) => ({ outcome, records: some(index) }));
  await confluentTransact(at(TRANSACTIONAL), "one", transactions);
  await confluentWriter.write(at(TRANSACTIONAL), some(7), { codec: "snappy", acks: -1, idempotent: true });
  await confluentTransact(at(TRANSACTIONAL), "two", transactions.slice(1, 2));

  await create(bootstrap, SHORTENED, smallSegments);
  const many = Array.from({ length: 15_000 }, (_, index) => numberedRecord(index));
  const options = { codec: "none", acks: -1, idempotent: true, batchRecords: 100 } as const;
  await confluentWriter.write(at(SHORTENED), many, options);
  await deleteRecords(kafka, SHORTENED, 10_000 + SHORTENED_BY);

  await create(bootstrap, COMPACTED, {
    ...smallSegments,
    "cleanup.policy": "compact",
    "min.cleanable.dirty.ratio": "0.01",
    "segment.ms": "300",
  });
  for (let round = 0; round < 3; round++) {
    const records = Array.from({ length: 500 }, (_, index): SentRecord => ({
      key: new TextEncoder().encode(`key ${index % (100 - round)}`),
      value: index % 7 === 6 && round === 2 ? null : new TextEncoder().encode(`${round} ${index}`),
      headers: [],
      timestamp: numberedRecord(round * 500 + index).timestamp,
    }));
    const codec = (["none", "lz4", "zstd"] as const)[round]!;
    await confluentWriter.write(at(COMPACTED), records, {
      codec,
      acks: -1,
      idempotent: true,
      batchRecords: 50,
    });
  }
  // Its time is far ahead of the others', so it begins a segment, and what is before it can be compacted.
  await confluentWriter.write(at(COMPACTED), [numberedRecord(10_000)], options);
  await noted(`${logDirectory}/cleaner-offset-checkpoint`, COMPACTED, 1500);
}

async function create(
  bootstrap: string,
  topic: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  assert.equal(
    await confluent({ do: "create", "bootstrap": bootstrap, topic, partitions: 1, config }),
    null,
    topic,
  );
}

async function deleteRecords(
  { bootstrap, logDirectory }: BrokerProcess,
  topic: string,
  offset: number,
): Promise<void> {
  const path = `${logDirectory}/../delete-records.json`;
  await Deno.writeTextFile(
    path,
    JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset }] }),
  );
  const said = await javaTool("DeleteRecordsCommand", [
    ...["--bootstrap-server", bootstrap, "--offset-json-file", path],
  ]);
  assert.match(said, new RegExp(`low_watermark: ${offset}`));
  await noted(`${logDirectory}/log-start-offset-checkpoint`, topic, offset);
}

/** Waits until one of Kafka's checkpoint files says that it has come to `offset`. */
async function noted(checkpoint: string, topic: string, offset: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const text = await Deno.readTextFile(checkpoint).catch(() => "");
    if (Number(new RegExp(`^${topic} 0 (\\d+)$`, "m").exec(text)?.[1] ?? -1) >= offset) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${checkpoint} does not say within 20 s that ${topic} has come to ${offset}`);
}

async function viewAll(bootstrap: string): Promise<ReadonlyMap<string, View>> {
  const places = topics.map((topic) => ({ topic }));
  const stored = await readAll(bootstrap, places);
  const committed = await readAll(bootstrap, places, "read_committed");
  const views = new Map<string, View>();
  for (const [index, topic] of topics.entries()) {
    const records = stored[index]!;
    const middle = records[records.length >> 1];
    assert.ok(middle, `${topic} has records`);
    const at = { bootstrap, topic, partition: 0 };
    views.set(topic, {
      records,
      committed: committed[index]!,
      offsets: await confluentOffsets(at, middle.timestamp),
    });
  }
  return views;
}

function readAll(
  bootstrap: string,
  of: readonly { readonly topic: string }[],
  isolation: "read_uncommitted" | "read_committed" = "read_uncommitted",
): Promise<StoredRecord[][]> {
  const places = of.map(({ topic }) => ({ topic, partition: 0 }));
  return confluentRead(bootstrap, places, { "isolation.level": isolation });
}

/** Record by record, as a difference in megabytes of them would take minutes to print. */
function assertSameViews(found: ReadonlyMap<string, View>, expected: ReadonlyMap<string, View>): void {
  for (const [topic, view] of expected) {
    const own = found.get(topic)!;
    assert.deepEqual(own.offsets, view.offsets, `${topic}: first offset, next offset, offset by time`);
    for (const which of ["records", "committed"] as const) {
      for (const [index, record] of view[which].entries()) {
        if (JSON.stringify(own[which][index]) === JSON.stringify(record)) continue;
        assert.deepEqual(own[which][index], record, `${which}[${index}] of ${topic}`);
      }
      assert.equal(own[which].length, view[which].length, `${which} of ${topic}`);
    }
  }
}

/** Makes the partition's directory what `from` is; whose it is stays. */
async function replaceContent(directory: string, from: string): Promise<void> {
  for (const name of namesIn(directory)) {
    if (name !== KEPT_BY_KAFKA) await Deno.remove(`${directory}/${name}`);
  }
  for (const name of namesIn(from)) {
    if (name !== KEPT_BY_KAFKA) await Deno.copyFile(`${from}/${name}`, `${directory}/${name}`);
  }
}

async function copyDirectory(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) {
      await Deno.mkdir(`${to}/${name}`);
      await copyDirectory(`${from}/${name}`, `${to}/${name}`);
    } else {
      await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    }
  }
}

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name);
}

/** Kafka writes warnings and errors only, here. */
function assertNoComplaint(kafka: BrokerProcess): void {
  for (const { topic } of contents) assert.doesNotMatch(kafka.said, new RegExp(`${topic}-0`));
}
