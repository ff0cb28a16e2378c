import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Topic } from "../../storage/topic_store.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Deadlines } from "../reactor/deadlines.ts";
import { FetchList } from "./fetch_list.ts";
import type { FetchPartition } from "./fetch_partition.ts";
import { FetchWaiters } from "./fetch_waiters.ts";

/** Topics "a" to "d" of so many partitions each; "a" has the id "id of a". */
function fixture(partitions = 4, usesTopicIds = false) {
  const waiters = new FetchWaiters(new Deadlines());
  const topics = new Map(
    ["a", "b", "c", "d"].map((name): [string, Pick<Topic, "partitions">] => [
      name,
      { partitions: Array.from({ length: partitions }, (): PartitionLog => Object.create(null)) },
    ]),
  );
  const find = (name: string) => topics.get(name) as Topic | undefined;
  const list = new FetchList({
    usesTopicIds,
    topics: { topic: find, topicById: (id) => find(id.replace("id of ", "")) },
    waiters,
  });
  return { list, waiters, topics };
}

function named(topic: string, ...partitions: number[]) {
  return {
    topic,
    topicId: `id of ${topic}`,
    partitions: partitions.map((partition) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: partition * 10,
      partitionMaxBytes: 1,
    })),
  };
}

const textOf = ({ topic, index }: FetchPartition) => `${topic.key}${index}`;

/** Looks at the marked ones; which they are. `keeps` says which stay marked. */
function looked(list: FetchList, keeps: (name: string) => boolean = () => false): string[] {
  const names: string[] = [];
  list.lookAtMarked((partition) => {
    list.logOf(partition);
    names.push(textOf(partition));
    return keeps(textOf(partition));
  });
  return names;
}

Deno.test("FetchList has each partition once, at its first place, with what was asked last", () => {
  const { list } = fixture();
  list.ask([named("b", 1, 0), named("a", 2), named("b", 1)]);
  list.ask([{ ...named("b"), partitions: [{ ...named("b", 0).partitions[0]!, fetchOffset: 77 }] }]);
  assert.equal(list.count, 3);
  assert.deepEqual(list.inOrder().map(textOf), ["b1", "b0", "a2"]);
  assert.deepEqual(list.inOrder().map(({ fetchOffset }) => fetchOffset), [10, 77, 20]);
});

Deno.test("FetchList looks at what was asked, then at what stays marked, or is marked anew by its log", () => {
  const { list, waiters, topics } = fixture();
  list.ask([named("a", 0, 1), named("b", 0)]);
  assert.deepEqual(looked(list, (name) => name === "a1"), ["a0", "a1", "b0"]);
  list.beginWatching();
  assert.deepEqual(looked(list), ["a1"]);
  assert.deepEqual(looked(list), []);
  const log = (topic: string, index: number) => topics.get(topic)!.partitions[index]!;
  for (const changed of [log("b", 0), log("c", 0), log("a", 0), log("b", 0)]) waiters.mark(changed);
  assert.deepEqual(looked(list), ["a0", "b0"], "in their order, not in that of the changes");
});

Deno.test("FetchList puts who had its turn behind all others", () => {
  const { list } = fixture();
  list.ask([named("a", 0, 1, 2)]);
  const [first, second] = list.inOrder();
  list.moveBack(first!);
  assert.deepEqual(list.marked().map(textOf), ["a1", "a2", "a0"]);
  list.moveBack(second!);
  assert.deepEqual(list.inOrder().map(textOf), ["a2", "a0", "a1"]);
  list.ask([named("b", 0)]);
  assert.deepEqual(list.inOrder().map(textOf), ["a2", "a0", "a1", "b0"]);
});

Deno.test("FetchList tells topics that are not there from partitions that are not there, where it has ids", () => {
  for (const usesTopicIds of [false, true]) {
    const { list, topics } = fixture(1, usesTopicIds);
    list.ask([named("a", 0, 1), named("x", 0)]);
    const [there, noPartition, noTopic] = list.inOrder();
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    assert.equal(list.logOf(there!), topics.get("a")!.partitions[0]);
    assert.equal(list.logOf(noPartition!), unknown);
    assert.equal(list.logOf(noTopic!), usesTopicIds ? ErrorCode.UNKNOWN_TOPIC_ID : unknown);
    assert.equal(list.foundCount, 1);
    topics.delete("a");
    assert.equal(list.logOf(there!), usesTopicIds ? ErrorCode.UNKNOWN_TOPIC_ID : unknown);
    assert.equal(list.foundCount, 0);
  }
});

Deno.test("FetchList that is closed, or has forgotten, watches nothing", () => {
  const { list, waiters } = fixture();
  list.ask([named("a", 0, 1), named("b", 0)]);
  looked(list);
  list.beginWatching();
  assert.equal(waiters.watchedCount, 3);
  list.forget([{ topic: "a", topicId: "", partitions: [0, 3] }, {
    topic: "x",
    topicId: "",
    partitions: [0],
  }]);
  assert.deepEqual([list.count, list.foundCount, waiters.watchedCount], [2, 2, 2]);
  list.close();
  assert.equal(waiters.watchedCount, 0);
});

Deno.test("FetchList keeps order, marks and watches, whatever is asked, forgotten, answered and changed", () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 100; round++) {
    const { list, waiters, topics } = fixture();
    list.beginWatching();
    let order: string[] = [];
    const marked = new Set<string>();
    for (let step = 0; step < 100; step++) {
      const topic = random.pick([...topics.keys()]);
      const partition = random.below(4);
      const name = `${topic}${partition}`;
      switch (random.below(5)) {
        case 0:
          list.ask([named(topic, partition)]);
          marked.add(name);
          if (!order.includes(name)) order.push(name);
          break;
        case 1:
          list.forget([{ topic, topicId: "", partitions: [partition] }]);
          marked.delete(name);
          order = order.filter((one) => one !== name);
          break;
        case 2:
          // What was not looked at yet has no log that could tell.
          looked(list, () => true);
          waiters.mark(topics.get(topic)!.partitions[partition]!);
          if (order.includes(name)) marked.add(name);
          break;
        case 3: {
          const kept = new Set(order.filter(() => random.below(2) === 0));
          assert.deepEqual(looked(list, (one) => kept.has(one)), order.filter((one) => marked.has(one)));
          for (const one of marked) if (!kept.has(one)) marked.delete(one);
          break;
        }
        case 4: {
          const answered = list.inOrder().find((one) => textOf(one) === name);
          if (answered === undefined) break;
          list.moveBack(answered);
          order = [...order.filter((one) => one !== name), name];
        }
      }
      assert.equal(list.count, order.length);
      assert.deepEqual(list.inOrder().map(textOf), order);
      const nowMarked = list.marked().filter(({ isForgotten }) => !isForgotten);
      assert.deepEqual(nowMarked.map(textOf), order.filter((one) => marked.has(one)));
    }
    looked(list);
    assert.equal(waiters.watchedCount, list.foundCount);
    list.close();
    assert.equal(waiters.watchedCount, 0);
  }
});
