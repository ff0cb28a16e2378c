/**
 * Committed offsets go with a copied data directory, from Apache Kafka to Milena and back: plain ones, such of transactions
 * that are committed, aborted and still open, deleted ones, and ones with an expiry of their own.
 * @module
 */
import assert from "node:assert/strict";
import { BrokerProcess, HOST } from "../../bench/peers/broker_process.ts";
import { kafkaWith, quickReturn } from "../../bench/peers/launchers.ts";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import { partitionFiles } from "../support/log_files.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { javaTool, javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";

const HEAP = "-Xmx512M -Xms128M";
const PARTITIONS = 6;
const JOURNAL_PARTITIONS = 3;
const settings = { "offsets.topic.num.partitions": String(JOURNAL_PARTITIONS) };
const kafkaSettings = { ...quickReturn, ...settings, "transaction.state.log.num.partitions": "1" };
/** So many, that each partition of the journal has some. */
const GROUPS = ["one", "two", "three", "four", "five"];
const OPEN = "open";
const TOPIC = "topic";
const RETENTION_MS = 86_400_000;
const WITHIN_MS = 60_000;
const UNSTABLE = "UNSTABLE_OFFSET_COMMIT";

testNeeding(
  [javaTools],
  "Milena goes on from the offsets that groups have committed in Apache Kafka",
  async () => {
    const command = await kafkaWith(kafkaSettings, HEAP).prepare();
    await using kafka = await BrokerProcess.start(command);
    const dataDirectory = await Deno.makeTempDir({ prefix: "milena-test-" });
    await using _directory = { [Symbol.asyncDispose]: () => Deno.remove(dataDirectory, { recursive: true }) };
    let committed: Committed;
    {
      using connection = await kafka.connect();
      await commitAll(connection, { hasTransactions: true });
      committed = await committedOf(connection);
    }
    assert.equal(committed["one"]!["0"], "offset 1002, epoch 7, note of 1");
    assert.equal(committed["one"]!["2"], "offset 3000, epoch 7, transaction commits");
    assert.equal(committed[OPEN]!["2"], UNSTABLE);
    await kafka.terminate();
    await copyDirectory(command.logDirectory, dataDirectory);

    await using milena = await startMilena({ dataDirectory, settings });
    {
      using connection = await connect(milena);
      assert.deepEqual(await committedOf(connection), committed);
      // And on it goes.
      await commit(connection, { group: "one", partition: 0, offset: 9000, metadata: "here" });
    }
    await milena.terminate();
    await milena.start();
    using connection = await connect(milena);
    committed["one"]!["0"] = "offset 9000, epoch 7, here";
    assert.deepEqual(await committedOf(connection), committed);
    await milena.terminate();
    assert.doesNotMatch(milena.stderr, /ERROR|committed offset/);
  },
);

testNeeding(
  [javaTools],
  "Apache Kafka goes on from the offsets that groups have committed in Milena",
  async (t) => {
    await using milena = await startMilena({ settings });
    let committed: Committed;
    {
      using connection = await connect(milena);
      await commitAll(connection, { hasTransactions: false });
      committed = await committedOf(connection);
    }
    await milena.terminate();

    const command = await kafkaWith(kafkaSettings, HEAP).prepare();
    await using first = await BrokerProcess.start(command);
    {
      using connection = await first.connect();
      await createTopic(connection);
      await untilCommitted(connection);
    }
    await first.terminate();
    for (let partition = 0; partition < JOURNAL_PARTITIONS; partition++) {
      const name = `__consumer_offsets-${partition}`;
      await replaceContent(`${command.logDirectory}/${name}`, `${milena.dataDirectory}/${name}`);
    }
    await using second = await BrokerProcess.start(command);
    {
      using connection = await second.connect();
      await untilLoaded(connection);
      assert.deepEqual(await committedOf(connection), committed);
    }
    await t.step("its reader of committed offsets takes each record", async () => {
      const files = partitionFiles(milena.dataDirectory)
        .filter((path) => path.includes("__consumer_offsets") && path.endsWith(".log"));
      assert.equal(files.length, JOURNAL_PARTITIONS);
      const said = await javaTool("DumpLogSegments", [
        "--offsets-decoder",
        "--files",
        files.join(","),
      ]);
      assert.match(said, /"group":"one","topic":"topic","partition":0/);
      assert.match(said, /"offset":1002,"leaderEpoch":7,"metadata":"note of 1"/);
      assert.match(said, /"expireTimestamp":\d{13}/);
      assert.match(said, /"topicId":"[\w-]{22}"/);
      assert.doesNotMatch(said, /invalid|unknown|error/i);
    });
  },
);

/** By group and partition, in words. */
type Committed = Record<string, Record<string, string>>;

async function commitAll(connection: Connection, { hasTransactions }: { hasTransactions: boolean }) {
  await createTopic(connection);
  await untilCommitted(connection);
  for (const [index, group] of GROUPS.entries()) {
    const metadata = `note of ${index + 1}`;
    // Twice: the last one counts.
    for (const offset of [1, 1002 + index]) {
      await commit(connection, { group, partition: 0, offset, metadata });
    }
    await commit(connection, { group, partition: 1, offset: 2000 });
    await commit(connection, { group, partition: 3, offset: 4000, retentionMs: RETENTION_MS });
    await commit(connection, { group, partition: 4, offset: 5000 });
    const { errorCode } = await connection.request(api.OffsetDelete, {
      groupId: group,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 4 }] }],
    });
    assert.equal(errorName(errorCode), "NONE");
    if (!hasTransactions) continue;
    await transact(connection, group, { partition: 5, ending: "aborts" });
    await transact(connection, group, { partition: 2, ending: "commits" });
  }
  if (hasTransactions) await transact(connection, OPEN, { partition: 2, ending: undefined });
}

async function createTopic(connection: Connection): Promise<void> {
  const { topics } = await connection.request(api.CreateTopics, {
    topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }],
  });
  assert.equal(errorName(topics[0]!.errorCode), "NONE");
}

interface Commit {
  readonly group: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
  readonly retentionMs?: number;
}

async function commit(connection: Connection, options: Commit): Promise<void> {
  assert.equal(await tryCommit(connection, options), "NONE");
}

async function tryCommit(
  connection: Connection,
  { group, partition, offset, metadata = "", retentionMs }: Commit,
): Promise<string> {
  const { topics } = await connection.request(api.OffsetCommit, {
    groupId: group,
    memberId: "",
    ...retentionMs === undefined ? {} : { retentionTimeMs: retentionMs },
    topics: [{
      name: TOPIC,
      partitions: [{
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: metadata,
        ...retentionMs === undefined ? { committedLeaderEpoch: 7 } : {},
      }],
    }],
    // Only up to version 4 a commit has a retention time.
  }, { maxVersion: retentionMs === undefined ? 9 : 4 });
  return errorName(topics[0]!.partitions[0]!.errorCode);
}

/** The first commits: Apache Kafka makes its topic when it is asked for a group's coordinator, and takes its time. */
async function untilCommitted(connection: Connection): Promise<void> {
  for (const group of [...GROUPS, OPEN]) {
    await within(`a commit of ${group}`, async () => {
      await connection.request(api.FindCoordinator, { coordinatorKeys: [group], keyType: 0 });
      return await tryCommit(connection, { group, partition: 0, offset: 0 }) === "NONE";
    });
  }
}

async function untilLoaded(connection: Connection): Promise<void> {
  for (const group of GROUPS) {
    await within(`the offsets of ${group}`, async () => {
      const { groups } = await connection.request(api.OffsetFetch, {
        groups: [{ groupId: group, topics: null }],
      }, { maxVersion: 9 });
      return groups[0]!.errorCode === 0;
    });
  }
}

async function within(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!await isDone()) {
    if (performance.now() > deadline) throw new Error(`${what} is not there within ${WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A transaction that commits one offset; undefined: that is left open. */
async function transact(
  connection: Connection,
  group: string,
  { partition, ending }: { readonly partition: number; readonly ending: "commits" | "aborts" | undefined },
): Promise<void> {
  const transactionalId = `${group} ${ending}`;
  let producer = { producerId: -1, producerEpoch: -1 };
  await within(`a producer for ${transactionalId}`, async () => {
    await connection.request(api.FindCoordinator, { coordinatorKeys: [transactionalId], keyType: 1 });
    const { errorCode, ...made } = await connection.request(api.InitProducerId, {
      transactionalId,
      transactionTimeoutMs: 600_000,
    }, { maxVersion: 4 });
    producer = made;
    return errorCode === 0;
  });
  const { producerId, producerEpoch } = producer;
  const added = await connection.request(api.AddOffsetsToTxn, {
    transactionalId,
    producerId,
    producerEpoch,
    groupId: group,
  }, { maxVersion: 3 });
  assert.equal(errorName(added.errorCode), "NONE");
  const { topics } = await connection.request(api.TxnOffsetCommit, {
    transactionalId,
    groupId: group,
    producerId,
    producerEpoch,
    memberId: "",
    topics: [{
      name: TOPIC,
      partitions: [{
        partitionIndex: partition,
        committedOffset: 3000,
        committedLeaderEpoch: 7,
        committedMetadata: `transaction ${ending}`,
      }],
    }],
  }, { maxVersion: 3 });
  assert.equal(errorName(topics[0]!.partitions[0]!.errorCode), "NONE");
  if (ending === undefined) return;
  const ended = await connection.request(api.EndTxn, {
    transactionalId,
    producerId,
    producerEpoch,
    committed: ending === "commits",
  }, { maxVersion: 3 });
  assert.equal(errorName(ended.errorCode), "NONE");
  // Its marker comes after that.
  await within(`the end of ${transactionalId}`, async () => {
    return (await committedOfGroup(connection, group))[partition] !== UNSTABLE;
  });
}

async function committedOf(connection: Connection): Promise<Committed> {
  const committed: Committed = {};
  for (const group of [...GROUPS, OPEN]) committed[group] = await committedOfGroup(connection, group);
  return committed;
}

async function committedOfGroup(connection: Connection, group: string): Promise<Record<string, string>> {
  const { groups } = await connection.request(api.OffsetFetch, {
    requireStable: true,
    groups: [{
      groupId: group,
      topics: [{ name: TOPIC, partitionIndexes: Array.from({ length: PARTITIONS }, (_, index) => index) }],
    }],
  }, { maxVersion: 9 });
  assert.equal(errorName(groups[0]!.errorCode), "NONE");
  return Object.fromEntries(
    groups[0]!.topics[0]!.partitions.map((partition) => [
      partition.partitionIndex,
      partition.errorCode === 0
        ? `offset ${partition.committedOffset}, epoch ${partition.committedLeaderEpoch}, ${partition.metadata}`
        : errorName(partition.errorCode),
    ]),
  );
}

function connect({ kafka: { port } }: MilenaProcess): Promise<Connection> {
  return Connection.connect({ address: { host: HOST, port }, clientId: "test" });
}

/** Makes the partition's directory what `from` is; whose it is stays. */
async function replaceContent(directory: string, from: string): Promise<void> {
  for await (const { name } of Deno.readDir(directory)) {
    if (name !== "partition.metadata") await Deno.remove(`${directory}/${name}`);
  }
  for await (const { name } of Deno.readDir(from)) {
    if (name !== "partition.metadata") await Deno.copyFile(`${from}/${name}`, `${directory}/${name}`);
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
