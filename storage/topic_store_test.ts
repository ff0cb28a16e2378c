import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { isUuid } from "../protocol/uuid.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStoreOptions } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import { DataDirectoryError, LogError } from "./log_error.ts";

const NONE = new Map<string, string>();
const encoder = new TextEncoder();

function text(disk: MemoryDisk, path: string): string {
  return new TextDecoder().decode(disk.read(path));
}

function hasCode(code: number) {
  return (error: unknown) => error instanceof LogError && error.code === code;
}

/** The sentence with which a store refuses to open. */
function refusal(disk: MemoryDisk, options: TestStoreOptions = {}): string {
  try {
    openTestStore(disk, options)[Symbol.dispose]();
  } catch (error) {
    assert.ok(error instanceof DataDirectoryError, String(error));
    assert.deepEqual(disk.openPaths, []);
    return error.message;
  }
  assert.fail("the store opened");
}

Deno.test("TopicStore.open makes a data directory as Kafka's", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, { nodeId: 3, clusterId: "VPwMKYnFQ2q3B0yW8WbTtA" });
  const topic = fixture.store.createTopic("orders", 2, NONE);
  assert.ok(isUuid(topic.id));
  topic.partitions[1]!.append(testBatch());
  assert.deepEqual(disk.names(DATA), [
    ".lock",
    "meta.properties",
    "milena.ballast",
    "milena.topics.jsonl",
    "orders-0",
    "orders-1",
    "recovery-point-offset-checkpoint",
  ]);
  assert.deepEqual(disk.names(`${DATA}/orders-1`), [
    "00000000000000000000.index",
    "00000000000000000000.log",
    "00000000000000000000.timeindex",
    "leader-epoch-checkpoint",
    "partition.metadata",
  ]);
  assert.match(
    text(disk, `${DATA}/meta.properties`),
    /^#\nversion=1\nnode.id=3\ncluster.id=VPwMKYnFQ2q3B0yW8WbTtA\ndirectory.id=[\w-]{22}\n$/,
  );
  assert.equal(text(disk, `${DATA}/orders-1/leader-epoch-checkpoint`), "0\n1\n0 0\n");
  assert.equal(text(disk, `${DATA}/orders-1/partition.metadata`), `version: 0\ntopic_id: ${topic.id}`);
  fixture.store.closeCleanly();
  assert.equal(text(disk, `${DATA}/.kafka_cleanshutdown`), '{"version":0,"brokerEpoch":-1}');
  assert.equal(text(disk, `${DATA}/recovery-point-offset-checkpoint`), "0\n2\norders 0 0\norders 1 1\n");
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
});

Deno.test("TopicStore has its topics, ids, settings and records again after a clean close and after a kill", () => {
  for (const isClean of [true, false]) {
    const disk = new MemoryDisk();
    let id: string;
    let clusterId: string;
    {
      using fixture = openTestStore(disk);
      clusterId = fixture.store.clusterId;
      const topic = fixture.store.createTopic("a", 3, new Map([["segmentBytes", "500"]]));
      id = topic.id;
      for (let index = 0; index < 30; index++) topic.partitions[index % 3]!.append(testBatch());
      fixture.store.createTopic("b", 1, NONE);
      if (isClean) fixture.store.closeCleanly();
    }
    using fixture = openTestStore(disk, { seed: 2 });
    assert.ok(!disk.names(DATA).includes(".kafka_cleanshutdown"));
    assert.equal(fixture.store.clusterId, clusterId);
    assert.deepEqual([...fixture.store.topics()].map(({ name }) => name), ["a", "b"]);
    const topic = fixture.store.topicById(id)!;
    assert.equal(topic, fixture.store.topic("a"));
    assert.deepEqual([...topic.configs], [["segmentBytes", "500"]]);
    assert.equal(topic.logConfig.segmentBytes, 500);
    assert.equal(fixture.store.partitionCount, 4);
    for (const log of topic.partitions) assert.equal(readAll(log).length, 10);
    assert.deepEqual(fixture.lines, []);
  }
});

Deno.test("TopicStore holds no file of a partition that nobody uses", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    const { partitions } = fixture.store.createTopic("a", 20, NONE);
    for (const log of partitions) log.append(testBatch());
    fixture.store.closeCleanly();
  }
  using fixture = openTestStore(disk);
  assert.deepEqual(disk.openPaths, [`${DATA}/milena.topics.jsonl`]);
  fixture.store.topic("a")!.partitions[3]!.read(0, 100, { minOneBatch: true })!.file.release();
  assert.ok(disk.openPaths.length <= 3, disk.openPaths.join());
});

Deno.test("TopicStore.largestProducerId tells which producer ids its logs know, after a restart too", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    assert.equal(fixture.store.largestProducerId, -1);
    const [first, second] = fixture.store.createTopic("a", 2, NONE).partitions;
    first!.append(testBatch({ producerId: 4001, epoch: 0, sequence: 0 }));
    second!.append(testBatch({ producerId: 7, epoch: 0, sequence: 0 }));
    fixture.store.closeCleanly();
  }
  using fixture = openTestStore(disk);
  assert.equal(fixture.store.largestProducerId, 4001);
});

Deno.test("TopicStore.createTopic refuses a name that is taken or impossible, and no partitions", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk);
  fixture.store.createTopic("a", 1, NONE);
  assert.throws(() => fixture.store.createTopic("a", 1, NONE), hasCode(ErrorCode.TOPIC_ALREADY_EXISTS));
  assert.throws(() => fixture.store.createTopic("../a", 1, NONE), hasCode(ErrorCode.INVALID_TOPIC_EXCEPTION));
  assert.throws(() => fixture.store.createTopic("b", 0, NONE), hasCode(ErrorCode.INVALID_PARTITIONS));
  assert.equal(fixture.store.partitionCount, 1);
});

Deno.test("TopicStore.deleteTopic forgets the topic at once and its files soon; the name is free for another", () => {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk);
  const first = fixture.store.createTopic("a", 2, NONE);
  first.partitions[0]!.append(testBatch());
  fixture.store.deleteTopic("a");
  assert.equal(fixture.store.topic("a"), undefined);
  assert.equal(fixture.store.topicById(first.id), undefined);
  assert.throws(
    () => first.partitions[0]!.append(testBatch()),
    hasCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
  );
  assert.throws(() => fixture.store.deleteTopic("a"), hasCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  const left = disk.names(DATA).filter((name) => name.startsWith("a-"));
  assert.equal(left.length, 2);
  for (const name of left) assert.match(name, /^a-[01]\.[0-9a-f]{32}-delete$/);
  const second = fixture.store.createTopic("a", 1, NONE);
  assert.notEqual(second.id, first.id);
  assert.equal(second.partitions[0]!.endOffset, 0);
  fixture.settle();
  assert.deepEqual(disk.names(DATA).filter((name) => name.startsWith("a-")), ["a-0"]);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
});

Deno.test("TopicStore.open removes what a deletion left, and leaves strangers alone with a warning", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    fixture.store.createTopic("a", 2, NONE);
    fixture.store.createTopic("b", 1, NONE);
    fixture.store.deleteTopic("a");
  }
  const id = "0123456789abcdef0123456789abcdef";
  for (const name of ["photos", `b-0.${id}-future`, `c-0.${id}-stray`, "__cluster_metadata-0"]) {
    disk.makeDirectory(`${DATA}/${name}`);
  }
  using fixture = openTestStore(disk);
  fixture.settle();
  assert.deepEqual(disk.names(DATA).filter((name) => !name.includes(".") || name.includes("-")), [
    "__cluster_metadata-0",
    "b-0",
    `b-0.${id}-future`,
    `c-0.${id}-stray`,
    "photos",
    "recovery-point-offset-checkpoint",
  ]);
  assert.equal(fixture.lines.filter((line) => line.startsWith("warn:")).length, 3, fixture.lines.join("\n"));
});

Deno.test("TopicStore.open takes in directories that Apache Kafka made", () => {
  const disk = new MemoryDisk();
  const id = "VPwMKYnFQ2q3B0yW8WbTtA";
  {
    using fixture = openTestStore(disk);
    const { partitions } = fixture.store.createTopic("orders", 3, NONE);
    for (const log of partitions) log.append(testBatch({ timestamps: [1, 2] }));
    fixture.store.closeCleanly();
  }
  disk.removeFile(`${DATA}/milena.topics.jsonl`);
  for (const partition of [0, 1, 2]) {
    disk.write(
      `${DATA}/orders-${partition}/partition.metadata`,
      encoder.encode(`version: 0\ntopic_id: ${id}\n`),
    );
  }
  {
    using fixture = openTestStore(disk);
    const topic = fixture.store.topic("orders")!;
    assert.equal(topic.id, id);
    assert.deepEqual(topic.partitions.map(({ endOffset }) => endOffset), [2, 2, 2]);
    // What Kafka was told to keep is not known: with the defaults retention took it away within minutes.
    assert.deepEqual([...topic.configs], [["retention.ms", "-1"], ["retention.bytes", "-1"]]);
    fixture.store.closeCleanly();
  }
  // Now Kafka has had it in between, and the topic has one partition more, or is another one of that name.
  disk.makeDirectory(`${DATA}/orders-3`);
  disk.write(`${DATA}/orders-3/partition.metadata`, encoder.encode(`version: 0\ntopic_id: ${id}\n`));
  {
    using fixture = openTestStore(disk);
    assert.equal(fixture.store.topicById(id)!.partitions.length, 4);
    fixture.store.closeCleanly();
  }
  const other = "x-_6Zm4nS0u2Vd1k3lqYxw";
  for (const partition of [0, 1, 2, 3]) {
    disk.write(
      `${DATA}/orders-${partition}/partition.metadata`,
      encoder.encode(`version: 0\ntopic_id: ${other}\n`),
    );
  }
  using fixture = openTestStore(disk);
  assert.equal(fixture.store.topic("orders")!.id, other);
  assert.equal(fixture.store.topicById(id), undefined);
  assert.equal(fixture.store.topic("orders")!.partitions[2]!.endOffset, 2);
});

Deno.test("TopicStore.open refuses directories of one name that belong to different topics", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    fixture.store.createTopic("orders", 2, NONE);
  }
  disk.write(
    `${DATA}/orders-1/partition.metadata`,
    encoder.encode("version: 0\ntopic_id: VPwMKYnFQ2q3B0yW8WbTtA\n"),
  );
  assert.match(refusal(disk), /belong to different topics/);
});

Deno.test("TopicStore.open makes a directory that is missing, and says so", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    fixture.store.createTopic("a", 2, NONE);
    fixture.store.closeCleanly();
  }
  for (const name of disk.names(`${DATA}/a-1`)) disk.removeFile(`${DATA}/a-1/${name}`);
  disk.removeDirectory(`${DATA}/a-1`);
  using fixture = openTestStore(disk);
  assert.equal(fixture.store.topic("a")!.partitions[1]!.endOffset, 0);
  assert.deepEqual(fixture.lines, ["warn: /data/a-1 was missing: the partition begins empty"]);
});

Deno.test("TopicStore.open touches nothing in a directory that is somebody else's", () => {
  const disk = new MemoryDisk();
  disk.makeDirectory(`${DATA}/photos`);
  assert.equal(
    refusal(disk),
    '/data does not look like a Milena or Kafka data directory: it has no meta.properties but holds "photos"; ' +
      "choose an empty directory or one that does not exist yet",
  );
  assert.deepEqual(disk.names(DATA), ["photos"]);
});

Deno.test("TopicStore.open accepts an empty directory, the root of a file system, and one whose first start was cut short", () => {
  for (const name of ["lost+found", "meta.properties.tmp", ".lock"]) {
    const disk = new MemoryDisk();
    disk.makeDirectory(name === "lost+found" ? `${DATA}/${name}` : DATA);
    if (name !== "lost+found") disk.write(`${DATA}/${name}`, encoder.encode("half"));
    openTestStore(disk)[Symbol.dispose]();
  }
});

Deno.test("TopicStore.open says in one sentence why a directory can't be used", () => {
  const disk = new MemoryDisk();
  {
    using _ = openTestStore(disk, { nodeId: 1, clusterId: "mine" });
    // Not by `refusal`, which looks for files left open: they are those of the first.
    assert.throws(
      () => openTestStore(disk),
      /the data directory \/data is in use by another process; stop that one/,
    );
  }
  assert.match(
    refusal(disk, { nodeId: 2 }),
    /belongs to node.id 1, but node.id is configured as 2; set node.id=1/,
  );
  assert.match(
    refusal(disk, { nodeId: 1, clusterId: "yours" }),
    /belongs to cluster.id mine.*configured as yours/,
  );
  for (
    const [code, advice] of [["ENOSPC", "make room"], ["EACCES", "the right to"], [
      "EROFS",
      "read-only",
    ]] as const
  ) {
    disk.onCall = (call, path) => {
      if (call === "open") throw new MemoryDiskError(call, path, code);
    };
    assert.match(
      refusal(disk, { nodeId: 1 }),
      new RegExp(`^the data directory /data can't be used: .*${code}; .*${advice}`),
    );
    disk.onCall = () => {};
  }
  disk.write(`${DATA}/meta.properties`, encoder.encode("version=1\n"));
  assert.match(refusal(disk), /meta.properties can't be read: its node.id is missing/);
});

Deno.test("TopicStore.open refuses a catalog that is damaged before its end, naming the line", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    for (const name of ["a", "b", "c"]) fixture.store.createTopic(name, 1, NONE);
  }
  const path = `${DATA}/milena.topics.jsonl`;
  const lines = text(disk, path).split("\n");
  lines[2] = lines[2]!.slice(0, -3);
  disk.write(path, encoder.encode(lines.join("\n")));
  assert.match(
    refusal(disk),
    /milena.topics.jsonl, line 3: it is not JSON; restore the file, or mend that line/,
  );
  disk.write(path, encoder.encode("{}\n"));
  assert.match(refusal(disk), /line 1: it is not .*another version/);
  disk.write(path, encoder.encode(""));
  assert.match(refusal(disk), /line 1/);
});

Deno.test("TopicStore.open cuts a torn last line of the catalog at any byte: that change never was", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    for (const name of ["a", "b"]) fixture.store.createTopic(name, 1, new Map([["flushMs", "1000"]]));
  }
  const path = `${DATA}/milena.topics.jsonl`;
  const bytes = disk.read(path);
  const lastLine = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
  for (let length = lastLine; length < bytes.length; length++) {
    for (const tail of [new Uint8Array(0), new Uint8Array(bytes.length - length)]) {
      const torn = disk.afterKill();
      const content = new Uint8Array(length + tail.length);
      content.set(bytes.subarray(0, length));
      // A line whose later sectors were not written, but whose end was.
      if (tail.length > 0) content[content.length - 1] = 0x0a;
      if (tail.length === 1) continue;
      torn.write(path, content);
      torn.removeFile(`${DATA}/b-0/partition.metadata`);
      using fixture = openTestStore(torn);
      assert.deepEqual(fixture.store.topic("a")?.partitions.length, 1);
      assert.ok(text(torn, path).endsWith("\n"));
    }
  }
});

Deno.test("TopicStore.open writes the catalog anew when most of it is history", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    fixture.store.createTopic("kept", 1, new Map([["flushMs", "5"]]));
    for (let index = 0; index < 80; index++) {
      fixture.store.createTopic("passing", 1, NONE);
      fixture.store.deleteTopic("passing");
    }
    fixture.settle();
  }
  const lineCount = () => text(disk, `${DATA}/milena.topics.jsonl`).split("\n").length - 1;
  assert.equal(lineCount(), 242);
  for (let round = 0; round < 2; round++) {
    using fixture = openTestStore(disk);
    assert.equal(lineCount(), 2);
    assert.deepEqual([...fixture.store.topic("kept")!.configs], [["flushMs", "5"]]);
  }
});

/** Makes and deletes topics; tells `onDone` of each step that was answered. */
function changeTopics(disk: MemoryDisk, onDone: (topics: readonly string[]) => void): void {
  using fixture = openTestStore(disk);
  const { store } = fixture;
  const answered = new Set([...store.topics()].map(({ name }) => name));
  onDone([...answered]);
  const create = (name: string) => {
    store.createTopic(name, 2, new Map([["flushMs", "7"]])).partitions[0]!.append(testBatch());
    answered.add(name);
    onDone([...answered]);
  };
  const remove = (name: string) => {
    store.deleteTopic(name);
    answered.delete(name);
    onDone([...answered]);
  };
  create("a");
  create("b");
  remove("a");
  fixture.settle();
  create("a");
  remove("b");
  remove("a");
  create("c");
  fixture.settle();
  store.closeCleanly();
}

Deno.test("TopicStore killed, or without power, at any call of making and deleting topics has all that was answered", () => {
  const seed = testSeed();
  const counted = new MemoryDisk();
  let callCount = 0;
  counted.onCall = () => void callCount++;
  changeTopics(counted, () => {});
  assert.ok(callCount > 200);
  for (let dieAt = 1; dieAt <= callCount; dieAt++) {
    for (const isPowerCut of [false, true]) {
      const random = new SeededRandom(seed + dieAt);
      const disk = new MemoryDisk();
      let calls = 0;
      // Once dead, nothing is done any more.
      disk.onCall = (call, path) => {
        if (++calls >= dieAt) throw new MemoryDiskError(call, path, "DEAD");
      };
      let answered: readonly string[] = [];
      try {
        changeTopics(disk, (topics) => answered = topics);
      } catch (error) {
        if (
          !(error instanceof MemoryDiskError || error instanceof LogError ||
            error instanceof DataDirectoryError)
        ) throw error;
      }
      const left = isPowerCut ? disk.afterPowerCut(random) : disk.afterKill();
      const label = `call ${dieAt}, ${isPowerCut ? `power cut, seed ${seed + dieAt}` : "kill"}`;
      using fixture = openTestStore(left);
      const found = [...fixture.store.topics()].map(({ name }) => name);
      // What was being made or deleted when it died may be either way.
      for (const name of answered) {
        if (!found.includes(name)) {
          assert.ok(answered.length - found.length <= 1, `${label}: ${name} is gone`);
        }
      }
      assert.ok(
        found.filter((name) => !answered.includes(name)).length <= 1,
        `${label}: ${found} of ${answered}`,
      );
      for (const topic of fixture.store.topics()) {
        assert.equal(topic.partitions.length, 2, label);
        assert.deepEqual([...topic.configs], [["flushMs", "7"]], label);
        for (const log of topic.partitions) log.append(testBatch());
      }
      fixture.settle();
      fixture.store.closeCleanly();
      assert.deepEqual(checkDataDirectory(left, DATA).problems, [], label);
      assert.deepEqual(left.openPaths, [], label);
      const partitions = left.names(DATA).filter((name) => /-\d/.test(name));
      assert.equal(partitions.length, found.length * 2, `${label}: ${partitions}`);
    }
  }
});

Deno.test("TopicStore with any one call failing keeps its promises and leaves a sound directory", () => {
  const counted = new MemoryDisk();
  let callCount = 0;
  counted.onCall = () => void callCount++;
  changeTopics(counted, () => {});
  for (const code of ["EIO", "ENOSPC"]) {
    for (let failAt = 1; failAt <= callCount; failAt++) {
      const disk = new MemoryDisk();
      let calls = 0;
      disk.shortWriteShare = 0.5;
      disk.onCall = (call, path) => {
        if (++calls === failAt) throw new MemoryDiskError(call, path, code);
      };
      try {
        changeTopics(disk, () => {});
      } catch (error) {
        assert.ok(
          error instanceof LogError || error instanceof DataDirectoryError,
          `call ${failAt}: ${error}`,
        );
      }
      const label = `${code} at call ${failAt}`;
      assert.deepEqual(disk.openPaths, [], label);
      using fixture = openTestStore(disk);
      for (const topic of fixture.store.topics()) for (const log of topic.partitions) log.append(testBatch());
      fixture.settle();
      fixture.store.closeCleanly();
      assert.deepEqual(checkDataDirectory(disk, DATA).problems, [], label);
    }
  }
});

Deno.test("TopicStore.closeCleanly brings many logs to stable storage at once, or leaves no mark", () => {
  for (const fails of [false, true]) {
    const disk = new MemoryDisk();
    const config = { flushMs: Infinity, segmentBytes: 1000 };
    const fixture = openTestStore(disk, { config });
    const { partitions } = fixture.store.createTopic("many", 100, NONE);
    fixture.settle();
    for (let round = 0; round < 20; round++) for (const log of partitions) log.append(testBatch());
    const calls = new Map<string, number>();
    disk.onCall = (call, path) => {
      calls.set(call, (calls.get(call) ?? 0) + 1);
      if (fails && call === "syncFileSystem") throw new MemoryDiskError(call, path, "EIO");
    };
    fixture.store.closeCleanly();
    fixture.background.run();
    assert.ok((calls.get("syncData") ?? 0) < 10, `${calls.get("syncData")} files were synced one by one`);
    disk.onCall = () => {};
    const left = fails ? disk.afterKill() : disk.afterPowerCut();
    assert.equal(left.exists(`${DATA}/.kafka_cleanshutdown`), !fails);
    using next = openTestStore(left, { config });
    for (const log of next.store.topic("many")!.partitions) assert.equal(readAll(log).length, 20);
    assert.equal(fixture.lines.some((line) => line.startsWith("error")), fails);
  }
});
