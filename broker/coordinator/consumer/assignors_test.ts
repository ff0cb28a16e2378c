/** Both assignors: properties that every assignment has, and dumb models of what is best. */
import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import type { AssignorInput, AssignorMember } from "./assignor.ts";
import { NO_PARTITIONS, type Partitions } from "./partitions.ts";
import { rangeAssignor } from "./range_assignor.ts";
import { uniformAssignor } from "./uniform_assignor.ts";

const seed = testSeed();
const ROUNDS = 400;

function inputOf(
  topics: Readonly<Record<string, number>>,
  members: Readonly<Record<string, readonly string[]>>,
  previous: ReadonlyMap<string, Partitions> = new Map(),
): AssignorInput {
  const lists = new Map<string, readonly string[]>();
  return {
    partitionCounts: new Map(Object.entries(topics)),
    members: Object.entries(members).map(([id, topicIds]): AssignorMember => {
      const key = topicIds.join();
      if (!lists.has(key)) lists.set(key, topicIds);
      return {
        id,
        instanceId: id.startsWith("static") ? id : null,
        topicIds: lists.get(key)!,
        previous: previous.get(id) ?? NO_PARTITIONS,
      };
    }),
  };
}

/** "member: topic 0,1 other 2", by member. */
function text(assignment: ReadonlyMap<string, Partitions>): string[] {
  return [...assignment].map(([id, partitions]) =>
    `${id}: ${[...partitions].map(([topic, numbers]) => `${topic} ${[...numbers].join()}`).join(" ")}`.trim()
  ).sort();
}

/** Who owns what, each partition once and by a subscriber. */
function checkOwners(
  { members, partitionCounts }: AssignorInput,
  assignment: ReadonlyMap<string, Partitions>,
): void {
  assert.deepEqual([...assignment.keys()].sort(), members.map(({ id }) => id).sort());
  const owners = new Map<string, string>();
  for (const { id, topicIds } of members) {
    for (const [topic, numbers] of assignment.get(id)!) {
      assert.ok(topicIds.includes(topic), `${id} has partitions of ${topic}, and is not subscribed to it`);
      assert.ok(numbers.size > 0, `${id} has an empty list of ${topic}`);
      for (const number of numbers) {
        const partition = `${topic}-${number}`;
        assert.ok(number < partitionCounts.get(topic)!, `${partition} does not exist`);
        assert.ok(!owners.has(partition), `${partition} has two owners`);
        owners.set(partition, id);
      }
    }
  }
  const wanted = new Set(members.flatMap(({ topicIds }) => topicIds));
  const total = [...wanted].reduce((sum, topic) => sum + partitionCounts.get(topic)!, 0);
  assert.equal(owners.size, total, "not every partition has an owner");
}

function loads(assignment: ReadonlyMap<string, Partitions>): number[] {
  return [...assignment.values()]
    .map((partitions) => [...partitions.values()].reduce((sum, { size }) => sum + size, 0))
    .sort((a, b) => a - b);
}

function keptCount(input: AssignorInput, assignment: ReadonlyMap<string, Partitions>): number {
  let kept = 0;
  for (const { id, previous } of input.members) {
    for (const [topic, numbers] of previous) {
      for (const number of numbers) if (assignment.get(id)!.get(topic)?.has(number)) kept++;
    }
  }
  return kept;
}

/** Names and partition counts of random topics. */
function randomTopics(random: SeededRandom): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: 1 + random.below(4) }, (_, index) => [`t${index}`, random.below(9)]),
  );
}

Deno.test("rangeAssignor gives each member a run of each topic, the first ones more", () => {
  const members = { c: ["x", "y"], a: ["x", "y"], b: ["x", "y"] };
  assert.deepEqual(text(rangeAssignor(inputOf({ x: 7, y: 2 }, members))), [
    "a: x 0,1,2 y 0",
    "b: x 3,4 y 1",
    "c: x 5,6",
  ]);
});

Deno.test("rangeAssignor puts static members first, by instance id", () => {
  const members = { a: ["x"], static2: ["x"], static1: ["x"] };
  assert.deepEqual(text(rangeAssignor(inputOf({ x: 3 }, members))), [
    "a: x 2",
    "static1: x 0",
    "static2: x 1",
  ]);
});

Deno.test("rangeAssignor agrees with a count of turns when subscriptions are random", () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const topics = randomTopics(random);
    const members = Object.fromEntries(
      Array.from({ length: 1 + random.below(6) }, (_, index) => [
        `m${index}`,
        Object.keys(topics).filter(() => random.below(3) > 0),
      ]),
    );
    const input = inputOf(topics, members);
    const assignment = rangeAssignor(input);
    checkOwners(input, assignment);
    for (const [topic, count] of Object.entries(topics)) {
      const subscribers = Object.keys(members).filter((id) => members[id]!.includes(topic)).sort();
      if (subscribers.length === 0) continue;
      // Dealt out one by one, as cards: that is how many each gets. Then each takes its number, in order.
      const counts = subscribers.map(() => 0);
      for (let card = 0; card < count; card++) counts[card % counts.length]!++;
      let next = 0;
      for (const [index, id] of subscribers.entries()) {
        const wanted = Array.from({ length: counts[index]! }, () => next++);
        assert.deepEqual([...assignment.get(id)!.get(topic) ?? []], wanted, `seed ${seed} round ${round}`);
      }
    }
  }
});

Deno.test("uniformAssignor is even over all topics, where range is not", () => {
  const members = { a: ["x", "y"], b: ["x", "y"] };
  assert.deepEqual(loads(uniformAssignor(inputOf({ x: 1, y: 1 }, members))), [1, 1]);
  assert.deepEqual(loads(rangeAssignor(inputOf({ x: 1, y: 1 }, members))), [0, 2]);
});

Deno.test("uniformAssignor spreads each topic over the members", () => {
  const members = { a: ["x", "y"], b: ["x", "y"], c: ["x", "y"] };
  assert.deepEqual(text(uniformAssignor(inputOf({ x: 3, y: 3 }, members))), [
    "a: x 0 y 0",
    "b: x 1 y 1",
    "c: x 2 y 2",
  ]);
});

Deno.test("uniformAssignor moves as little as any even assignment when all members subscribe to the same", () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const topics = randomTopics(random);
    const names = Object.keys(topics);
    let previous: ReadonlyMap<string, Partitions> = new Map();
    let present = ["m0"];
    for (let change = 0; change < 8; change++) {
      const input = inputOf(topics, Object.fromEntries(present.map((id) => [id, names])), previous);
      const assignment = uniformAssignor(input);
      checkOwners(input, assignment);
      const counts = loads(assignment);
      assert.ok(counts.at(-1)! - counts[0]! <= 1, `seed ${seed} round ${round}: ${counts}`);

      // The most that can be kept: who had most keeps the larger shares.
      const total = counts.reduce((sum, count) => sum + count, 0);
      const share = Math.floor(total / present.length);
      const had = input.members.map(({ previous }) =>
        [...previous].reduce(
          (sum, [topic, numbers]) => sum + [...numbers].filter((number) => number < topics[topic]!).length,
          0,
        )
      ).sort((a, b) => b - a);
      const best = had.reduce(
        (sum, count, index) => sum + Math.min(count, share + (index < total % present.length ? 1 : 0)),
        0,
      );
      assert.equal(keptCount(input, assignment), best, `seed ${seed} round ${round}: more could have stayed`);

      previous = assignment;
      if (random.below(3) === 0) topics[names[0]!]!++;
      if (present.length > 1 && random.below(2) === 0) {
        present = present.toSpliced(random.below(present.length), 1);
      } else present = [...present, `m${round}-${change}`];
    }
  }
});

/** Least sum of squares of loads, by trying everything: topics' partitions are alike, so only their numbers count. */
function leastSquares(
  topics: Readonly<Record<string, number>>,
  members: Readonly<Record<string, readonly string[]>>,
): number {
  const ids = Object.keys(members);
  const partitions = Object.entries(topics).flatMap(([topic, count]) =>
    Array.from({ length: ids.some((id) => members[id]!.includes(topic)) ? count : 0 }, () => topic)
  );
  const seen = new Map<string, number>();
  function least(at: number, counts: readonly number[]): number {
    if (at === partitions.length) return counts.reduce((sum, count) => sum + count * count, 0);
    const key = `${at} ${counts}`;
    let best = seen.get(key);
    if (best !== undefined) return best;
    best = Infinity;
    for (const [index, id] of ids.entries()) {
      if (members[id]!.includes(partitions[at]!)) {
        best = Math.min(best, least(at + 1, counts.with(index, counts[index]! + 1)));
      }
    }
    seen.set(key, best);
    return best;
  }
  return least(0, ids.map(() => 0));
}

Deno.test("uniformAssignor is as even as different subscriptions allow", () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < ROUNDS; round++) {
    const topics = Object.fromEntries(
      Array.from({ length: 1 + random.below(4) }, (_, index) => [`t${index}`, random.below(5)]),
    );
    const subscription = () => Object.keys(topics).filter(() => random.below(2) > 0);
    let members: Record<string, readonly string[]> = {
      m0: subscription(),
      m1: subscription(),
      m2: subscription(),
    };
    let previous: ReadonlyMap<string, Partitions> = new Map();
    for (let change = 0; change < 4; change++) {
      const input = inputOf(topics, members, previous);
      const assignment = uniformAssignor(input);
      checkOwners(input, assignment);
      const squares = loads(assignment).reduce((sum, count) => sum + count * count, 0);
      assert.equal(squares, leastSquares(topics, members), `seed ${seed} round ${round}`);
      // Asked again, nothing moves.
      const again = uniformAssignor(inputOf(topics, members, assignment));
      assert.deepEqual(text(again), text(assignment), `seed ${seed} round ${round}`);
      previous = assignment;
      const ids = Object.keys(members);
      const changed = ids[random.below(ids.length)]!;
      if (random.below(2) === 0 && ids.length > 1) delete members[changed];
      else members = { ...members, [`n${change}`]: subscription() };
    }
  }
});

Deno.test("uniformAssignor moves along a chain where no single move helps", () => {
  const previous = new Map<string, Partitions>([
    ["a", new Map([["x", new Set([0, 1, 2])]])],
    ["b", new Map([["x", new Set([3])], ["y", new Set([0])]])],
    ["c", new Map([["y", new Set([1])]])],
  ]);
  const members = { a: ["x"], b: ["x", "y"], c: ["y"] };
  const assignment = uniformAssignor(inputOf({ x: 4, y: 2 }, members, previous));
  assert.deepEqual(loads(assignment), [2, 2, 2]);
});

Deno.test("assignors know what to do without members, topics or partitions", () => {
  for (const assignor of [rangeAssignor, uniformAssignor]) {
    assert.equal(assignor(inputOf({}, {})).size, 0);
    assert.deepEqual(text(assignor(inputOf({}, { a: [] }))), ["a:"]);
    assert.deepEqual(text(assignor(inputOf({ x: 0 }, { a: ["x"], b: [] }))), ["a:", "b:"]);
  }
});
