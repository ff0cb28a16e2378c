/** What is changed of a topic while it is in use: its settings, its number of partitions; and settings that are no topic's. */
import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import { LogError } from "./log_error.ts";

const NONE = new Map<string, string>();

function hasCode(code: number): (error: unknown) => boolean {
  return (error) => error instanceof LogError && error.code === code;
}

Deno.test("TopicStore.alterTopic replaces the settings, in force at once and after a restart", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    const { store } = fixture;
    const before = store.createTopic("a", 2, new Map([["segmentBytes", "500"], ["flushMs", "7"]]));
    for (let index = 0; index < 10; index++) before.partitions[0]!.append(testBatch());
    assert.equal(before.partitions[0]!.segmentCount, 2);
    const after = store.alterTopic("a", new Map([["segmentBytes", "200"]]));
    assert.equal(store.topic("a"), after);
    assert.equal(store.topicById(before.id), after);
    assert.deepEqual(after.partitions, before.partitions);
    assert.deepEqual([...after.configs], [["segmentBytes", "200"]]);
    assert.equal(after.logConfig.flushMs, 1000);
    for (const log of after.partitions) assert.equal(log.config, after.logConfig);
    // Two batches of 78 bytes fit into 200.
    const counts = Array.from({ length: 6 }, () => {
      after.partitions[1]!.append(testBatch());
      return after.partitions[1]!.segmentCount;
    });
    assert.deepEqual(counts, [1, 1, 2, 2, 3, 3]);
    store.closeCleanly();
  }
  using fixture = openTestStore(disk);
  const topic = fixture.store.topic("a")!;
  assert.deepEqual([...topic.configs], [["segmentBytes", "200"]]);
  assert.equal(readAll(topic.partitions[0]!).length, 10);
  assert.equal(readAll(topic.partitions[1]!).length, 6);
});

Deno.test("TopicStore.alterTopic and addPartitions refuse a topic that is not there", () => {
  using fixture = openTestStore(new MemoryDisk());
  assert.throws(() => fixture.store.alterTopic("a", NONE), hasCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  assert.throws(() => fixture.store.addPartitions("a", 2), hasCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
});

Deno.test("TopicStore.reconfigureTopics asks again for the settings of each topic", () => {
  let segmentBytes = 500;
  using fixture = openTestStore(new MemoryDisk(), {
    parseLogConfig: (configs, defaults) => ({
      ...defaults,
      segmentBytes: Number(configs.get("segmentBytes") ?? segmentBytes),
    }),
  });
  const { store } = fixture;
  store.createTopic("own", 1, new Map([["segmentBytes", "300"]]));
  store.createTopic("default", 1, NONE);
  segmentBytes = 900;
  store.reconfigureTopics();
  assert.equal(store.topic("own")!.partitions[0]!.config.segmentBytes, 300);
  assert.equal(store.topic("default")!.partitions[0]!.config.segmentBytes, 900);
  assert.equal(store.topic("default")!.logConfig.segmentBytes, 900);
});

Deno.test("PartitionLog.reconfigure to flush.messages=1 flushes what was acknowledged without, and waits from then on", () => {
  using fixture = openTestStore(new MemoryDisk());
  const { store, background, clock } = fixture;
  const [log] = store.createTopic("a", 1, NONE).partitions;
  fixture.settle();
  log!.append(testBatch());
  assert.equal(log!.highWatermark, 1);
  store.alterTopic("a", new Map([["flushMessages", "1"]]));
  // What is acknowledged stays so.
  assert.equal(log!.highWatermark, 1);
  log!.append(testBatch());
  assert.equal(log!.highWatermark, 1);
  assert.equal(log!.flushedOffset, 0);
  store.tick(clock.monotonicMs);
  background.run();
  assert.deepEqual([log!.highWatermark, log!.flushedOffset], [2, 2]);
});

Deno.test("PartitionLog.reconfigure away from flush.messages=1 lets be read what waits, and answers its producers", () => {
  using fixture = openTestStore(new MemoryDisk());
  const { store, advanced } = fixture;
  const [log] = store.createTopic("a", 1, new Map([["flushMessages", "1"]])).partitions;
  fixture.settle();
  log!.append(testBatch());
  let isAcknowledged = false;
  log!.whenAcknowledged((error) => isAcknowledged = error === undefined);
  advanced.length = 0;
  assert.equal(log!.highWatermark, 0);
  store.alterTopic("a", NONE);
  assert.equal(log!.highWatermark, 1);
  assert.deepEqual(advanced, [log]);
  fixture.settle();
  assert.ok(isAcknowledged);
});

Deno.test("PartitionLog.reconfigure flushes by the new flush.ms and flush.messages", () => {
  using fixture = openTestStore(new MemoryDisk());
  const { store, clock } = fixture;
  const [log] = store.createTopic("a", 1, new Map([["flushMs", "1e12"]])).partitions;
  fixture.settle();
  log!.append(testBatch());
  clock.advance(10_000);
  fixture.settle();
  assert.equal(log!.flushedOffset, 0);
  store.alterTopic("a", new Map([["flushMs", "50"]]));
  fixture.settle();
  assert.equal(log!.flushedOffset, 0);
  clock.advance(50);
  fixture.settle();
  assert.equal(log!.flushedOffset, 1);
  store.alterTopic("a", new Map([["flushMs", "1e12"]]));
  for (let index = 0; index < 3; index++) log!.append(testBatch());
  clock.advance(10_000);
  fixture.settle();
  assert.equal(log!.flushedOffset, 1);
  store.alterTopic("a", new Map([["flushMs", "1e12"], ["flushMessages", "3"]]));
  fixture.settle();
  assert.equal(log!.flushedOffset, 4);
});

Deno.test("PartitionLog.reconfigure counts for retention and the age of the active segment", () => {
  using fixture = openTestStore(new MemoryDisk());
  const { store, clock } = fixture;
  const [log] = store.createTopic("a", 1, new Map([["segmentBytes", "200"]])).partitions;
  for (let index = 0; index < 6; index++) {
    log!.append(testBatch({ timestamps: [clock.now()] }));
    clock.advance(1000);
  }
  assert.equal(log!.segmentCount, 3);
  store.alterTopic("a", new Map([["segmentBytes", "200"], ["retentionMs", "3500"]]));
  assert.ok(log!.keepHouse());
  assert.equal(log!.logStartOffset, 2);
  store.alterTopic("a", new Map([["segmentMs", "1500"]]));
  clock.advance(1);
  log!.keepHouse();
  assert.equal(log!.segmentCount, 4);
});

Deno.test("TopicStore.addPartitions adds to a topic in use, and they are there after a restart and a kill", () => {
  for (const isClean of [true, false]) {
    const disk = new MemoryDisk();
    {
      using fixture = openTestStore(disk);
      const { store } = fixture;
      const before = store.createTopic("a", 1, new Map([["segmentBytes", "500"]]));
      before.partitions[0]!.append(testBatch());
      const after = store.addPartitions("a", 3);
      assert.equal(store.topic("a"), after);
      assert.equal(after.id, before.id);
      assert.equal(after.partitions[0], before.partitions[0]);
      assert.deepEqual(after.partitions.map(({ name }) => name), ["a-0", "a-1", "a-2"]);
      assert.equal(store.partitionCount, 3);
      assert.equal(after.partitions[2]!.config.segmentBytes, 500);
      after.partitions[2]!.append(testBatch());
      fixture.settle();
      if (isClean) store.closeCleanly();
    }
    using fixture = openTestStore(disk);
    assert.deepEqual(fixture.store.topic("a")!.partitions.map((log) => readAll(log).length), [1, 0, 1]);
    assert.deepEqual(fixture.lines, []);
    assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
  }
});

Deno.test("TopicStore.addPartitions refuses a number that is not larger", () => {
  using fixture = openTestStore(new MemoryDisk());
  fixture.store.createTopic("a", 2, NONE);
  for (const count of [2, 1, 0, -1]) {
    assert.throws(() => fixture.store.addPartitions("a", count), hasCode(ErrorCode.INVALID_PARTITIONS));
  }
});

Deno.test("TopicStore.addPartitions does not take over what a checkpoint tells of an earlier topic's partition", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    fixture.store.createTopic("a", 1, NONE);
    fixture.store.closeCleanly();
  }
  // As after somebody has removed a partition's directory, or brought the file from elsewhere.
  using file = disk.open(`${DATA}/log-start-offset-checkpoint`, { create: true });
  file.truncate(0);
  file.writeAt(new TextEncoder().encode("0\n2\na 1 77\na 10 5\n"), 0);
  file.close();
  {
    using fixture = openTestStore(disk);
    const { partitions } = fixture.store.addPartitions("a", 2);
    partitions[1]!.append(testBatch());
    assert.equal(partitions[1]!.logStartOffset, 0);
  }
  using fixture = openTestStore(disk);
  assert.equal(fixture.store.topic("a")!.partitions[1]!.logStartOffset, 0);
});

Deno.test("TopicStore.storedConfigs keeps settings by kind and name, known to a start before its logs are", () => {
  const disk = new MemoryDisk();
  {
    using fixture = openTestStore(disk);
    const { storedConfigs } = fixture.store;
    storedConfigs.putConfigs("broker", "1", new Map([["a", "1"]]));
    storedConfigs.putConfigs("broker", "", new Map([["b", "2"]]));
    storedConfigs.putConfigs("group", "g", new Map([["c", "3"]]));
    storedConfigs.putConfigs("broker", "1", new Map([["d", "4"]]));
    storedConfigs.putConfigs("group", "g", NONE);
    // So many lines that a start writes the file anew.
    for (let index = 0; index < 300; index++) {
      storedConfigs.putConfigs("broker", "", new Map([["b", String(index)]]));
    }
  }
  for (const _again of [1, 2]) {
    using fixture = openTestStore(disk);
    const { storedConfigs } = fixture.store;
    assert.deepEqual(storedConfigs.namesOf("broker").sort(), ["", "1"]);
    assert.deepEqual(storedConfigs.namesOf("group"), []);
    assert.deepEqual([...storedConfigs.configsOf("broker", "1")], [["d", "4"]]);
    assert.deepEqual([...storedConfigs.configsOf("broker", "")], [["b", "299"]]);
    assert.deepEqual([...storedConfigs.configsOf("group", "g")], []);
  }
});

/** What a client has been told, and what it asked for last. */
interface Told {
  partitions: number;
  flushMs: number;
  group: string;
  asked: { partitions: number; flushMs: number; group: string };
}

/** Changes one after the other; `told` is ahead of nothing that is not on stable storage. */
function change(fixture: TestStore, told: Told): void {
  const { store } = fixture;
  const topic = store.topic("t") ?? store.createTopic("t", 1, new Map([["flushMs", "1"]]));
  told.partitions = topic.partitions.length;
  topic.partitions[0]!.append(testBatch());
  for (const step of [2, 3]) {
    told.asked.flushMs = step;
    store.alterTopic("t", new Map([["flushMs", String(step)]]));
    told.flushMs = step;
    told.asked.partitions = step * 2;
    store.addPartitions("t", step * 2);
    told.partitions = step * 2;
    told.asked.group = String(step);
    store.storedConfigs.putConfigs("group", "g", new Map([["x", String(step)]]));
    told.group = String(step);
    fixture.settle();
  }
  store.closeCleanly();
}

function run(disk: MemoryDisk): Told {
  const told: Told = {
    partitions: 1,
    flushMs: 1,
    group: "none",
    asked: { partitions: 1, flushMs: 1, group: "none" },
  };
  let fixture: TestStore | undefined;
  try {
    fixture = openTestStore(disk);
    change(fixture, told);
  } catch (error) {
    const isExpected = error instanceof LogError || error instanceof MemoryDiskError ||
      (error as Error).name === "DataDirectoryError";
    if (!isExpected) throw error;
  } finally {
    fixture?.[Symbol.dispose]();
    fixture?.background.run();
  }
  return told;
}

/** All is as it was told, or, of the change under way, as it was asked for; and all partitions can be used. */
function verify(disk: MemoryDisk, told: Told, label: string): void {
  using fixture = openTestStore(disk, { seed: 9 });
  const topic = fixture.store.topic("t");
  if (topic === undefined) return assert.deepEqual([told.partitions, told.flushMs], [1, 1], label);
  const found = {
    partitions: topic.partitions.length,
    flushMs: topic.logConfig.flushMs,
    group: fixture.store.storedConfigs.configsOf("group", "g").get("x") ?? "none",
  };
  for (const name of ["partitions", "flushMs", "group"] as const) {
    assert.ok(
      found[name] === told[name] || found[name] === told.asked[name],
      `${label}: ${name} ${found[name]}`,
    );
  }
  for (const log of topic.partitions) log.append(testBatch());
  const { partitions } = fixture.store.addPartitions("t", 9);
  partitions[8]!.append(testBatch());
  fixture.settle();
  fixture.store.closeCleanly();
  fixture.background.run();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, [], label);
}

function callCount(): number {
  const disk = new MemoryDisk();
  let count = 0;
  disk.onCall = () => void count++;
  const told = run(disk);
  assert.deepEqual([told.partitions, told.flushMs, told.group], [6, 3, "3"]);
  return count;
}

Deno.test("TopicStore's changes are made or not, and never half, when any one call fails", () => {
  const count = callCount();
  for (let failAt = 1; failAt <= count; failAt++) {
    const disk = new MemoryDisk();
    let calls = 0;
    disk.shortWriteShare = 0.6;
    disk.onCall = (call, path) => {
      if (++calls === failAt) throw new MemoryDiskError(call, path, "EIO");
    };
    const told = run(disk);
    disk.onCall = () => {};
    verify(disk.afterKill(), told, `call ${failAt}`);
  }
});

Deno.test("TopicStore's changes are made or not, and never half, when power is lost at any call", () => {
  const seed = testSeed();
  const count = callCount();
  for (let dieAt = 1; dieAt <= count; dieAt++) {
    const disk = new MemoryDisk();
    let calls = 0;
    disk.shortWriteShare = 0.6;
    disk.onCall = (call, path) => {
      if (++calls >= dieAt) throw new MemoryDiskError(call, path, "DEAD");
    };
    const told = run(disk);
    verify(disk.afterKill(), told, `killed at call ${dieAt}`);
    for (let round = 0; round < 3; round++) {
      const random = new SeededRandom(seed + dieAt * 3 + round);
      verify(disk.afterPowerCut(random), told, `power lost at call ${dieAt}, seed ${seed}, round ${round}`);
    }
  }
});

for (const writeMode of ["pwrite", "mmap"] as const) {
  Deno.test(`PartitionLog.reconfigure, by ${writeMode}, lets segments become larger and smaller while they are written`, () => {
    const disk = new MemoryDisk();
    {
      using fixture = openTestStore(disk, { config: { segmentBytes: 500 }, storeConfig: { writeMode } });
      const { store } = fixture;
      const [log] = store.createTopic("a", 1, NONE).partitions;
      const appended = (count: number) => {
        for (let index = 0; index < count; index++) log!.append(testBatch());
        fixture.settle();
        return log!.segmentCount;
      };
      assert.equal(appended(5), 1);
      store.alterTopic("a", new Map([["segmentBytes", "3000"]]));
      assert.equal(appended(20), 1);
      store.alterTopic("a", new Map([["segmentBytes", "200"]]));
      assert.equal(appended(4), 3);
      assert.equal(readAll(log!).length, 29);
      store.closeCleanly();
    }
    assert.deepEqual(checkDataDirectory(disk, DATA).problems, []);
    using fixture = openTestStore(disk, { storeConfig: { writeMode } });
    assert.equal(readAll(fixture.store.topic("a")!.partitions[0]!).length, 29);
  });
}

/** What there is, as a map: topics with their settings and the number of batches in each partition. */
interface Model {
  readonly topics: Map<string, { configs: Record<string, string>; batches: number[] }>;
  readonly groups: Map<string, string>;
}

/** One change to both, chosen at random. */
function changeBoth({ store }: TestStore, { topics, groups }: Model, random: SeededRandom): void {
  const name = random.pick(["a", "b", "c"]);
  const known = topics.get(name);
  const configs = { flushMs: String(1 + random.below(9)) };
  if (known === undefined) {
    store.createTopic(name, 1, new Map(Object.entries(configs)));
    topics.set(name, { configs, batches: [0] });
    return;
  }
  switch (random.below(5)) {
    case 0:
      store.alterTopic(name, new Map(Object.entries(configs)));
      known.configs = configs;
      break;
    case 1: {
      const count = known.batches.length + 1 + random.below(3);
      store.addPartitions(name, count);
      while (known.batches.length < count) known.batches.push(0);
      break;
    }
    case 2:
      store.storedConfigs.putConfigs("group", name, new Map([["x", configs.flushMs]]));
      groups.set(name, configs.flushMs);
      break;
    case 3:
      if (random.below(3) > 0) break;
      store.deleteTopic(name);
      topics.delete(name);
      break;
    default: {
      const partition = random.below(known.batches.length);
      store.topic(name)!.partitions[partition]!.append(testBatch());
      known.batches[partition]!++;
    }
  }
}

function contents({ store }: TestStore): Model {
  const topics = Array.from(store.topics(), ({ name, configs, partitions }) => {
    const batches = partitions.map((log) => readAll(log).length);
    return [name, { configs: Object.fromEntries(configs), batches }] as const;
  });
  const groups = store.storedConfigs.namesOf("group")
    .map((name) => [name, store.storedConfigs.configsOf("group", name).get("x")!] as const);
  return { topics: new Map(topics), groups: new Map(groups) };
}

Deno.test("TopicStore is what a map of its changes is, through restarts, kills and power cuts", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 20; round++) {
    const model: Model = { topics: new Map(), groups: new Map() };
    let disk = new MemoryDisk();
    for (let life = 0; life < 6; life++) {
      {
        using fixture = openTestStore(disk, { seed: seed + round * 10 + life });
        assert.deepEqual(contents(fixture), model, `seed ${seed}, round ${round}, life ${life}`);
        const changes = random.below(30);
        for (let index = 0; index < changes; index++) changeBoth(fixture, model, random);
        // What was appended is to be kept too; the changes themselves are without it.
        for (const { partitions } of fixture.store.topics()) {
          for (const log of partitions) log.whenFlushed(log.endOffset, () => {});
        }
        fixture.settle();
        if (random.below(3) === 0) fixture.store.closeCleanly();
      }
      disk = random.below(2) === 0 ? disk.afterKill() : disk.afterPowerCut(random);
    }
  }
});
