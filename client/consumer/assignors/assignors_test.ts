import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import type { Assignments, GroupMemberSubscription } from "./assignor.ts";
import { cooperativeStickyAssignor } from "./cooperative_sticky_assignor.ts";
import { rangeAssignor } from "./range_assignor.ts";
import { roundRobinAssignor } from "./round_robin_assignor.ts";

function member(
  memberId: string,
  topics: readonly string[],
  instanceId: string | null = null,
): GroupMemberSubscription {
  return { memberId, instanceId, topics, owned: [], generationId: -1 };
}

/** "a0 a1 b0" by member. */
function shown(assignments: Assignments): Record<string, string> {
  return Object.fromEntries(
    [...assignments].map((
      [id, list],
    ) => [id, list.map(({ topic, partition }) => `${topic}${partition}`).join(" ")]),
  );
}

Deno.test("rangeAssignor gives ranges of each topic, and more to the first members", () => {
  const counts = new Map([["b", 3], ["a", 5], ["nobody's", 2]]);
  const members = [member("m2", ["a", "b"]), member("m1", ["a", "b"]), member("m3", ["b"])];
  const wanted = { m1: "a0 a1 a2 b0", m2: "a3 a4 b1", m3: "b2" };
  assert.deepEqual(shown(rangeAssignor.assign(members, counts)), wanted);
});

Deno.test("rangeAssignor takes static members first, by their instance ids", () => {
  const members = [member("m1", ["a"]), member("m3", ["a"], "x"), member("m2", ["a"], "y")];
  assert.deepEqual(shown(rangeAssignor.assign(members, new Map([["a", 4]]))), {
    m1: "a3",
    m2: "a2",
    m3: "a0 a1",
  });
});

Deno.test("roundRobinAssignor deals out all partitions of all topics, past who does not subscribe", () => {
  const counts = new Map([["a", 3], ["b", 2]]);
  const members = [member("m1", ["a", "b"]), member("m2", ["a"])];
  assert.deepEqual(shown(roundRobinAssignor.assign(members, counts)), { m1: "a0 a2 b0 b1", m2: "a1" });
});

Deno.test("assignors give every partition to one who subscribes to it, in the same way whatever the order of members", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 300; run++) {
    const where = `seed ${seed}, run ${run}`;
    const counts = new Map([["a", random.below(7)], ["b", random.below(4)], ["c", 1]]);
    const members = Array.from({ length: 1 + random.below(5) }, (_, i) => {
      const topics = ["a", "b", "c", "none"].filter(() => random.below(3) > 0);
      return member(`m${i}`, topics, random.below(4) === 0 ? `i${i}` : null);
    });
    for (const assignor of [rangeAssignor, roundRobinAssignor, cooperativeStickyAssignor]) {
      const assignments = assignor.assign(members, counts);
      checkWhole(members, counts, assignments, where);
      assert.deepEqual(shown(assignor.assign([...members].reverse(), counts)), {
        ...shown(assignments),
      }, `${where}: ${assignor.name}`);
    }
  }
});

Deno.test("cooperativeStickyAssignor evens out by moving as little as it must, and by no partition that is not free", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 300; run++) {
    const where = `seed ${seed}, run ${run}`;
    const counts = new Map([["a", 1 + random.below(12)]]);
    let members = Array.from({ length: 1 + random.below(4) }, (_, i) => member(`m${i}`, ["a"]));
    members = settle(members, counts, where);
    const before = members;
    if (random.below(2) === 0) members = [...members, member("new", ["a"])];
    else members = members.slice(1);
    if (members.length === 0) continue;
    members = settle(members, counts, where);
    const loads = members.map(({ owned }) => owned.length);
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, `${where}: ${loads}`);
    const kept = before.flatMap(({ memberId, owned }) => {
      const after = members.find((one) => one.memberId === memberId)?.owned ?? [];
      return owned.filter(({ partition }) => after.some((one) => one.partition === partition));
    });
    const mayStay = before.reduce((sum, { memberId, owned }) => {
      const after = members.find((one) => one.memberId === memberId)?.owned ?? [];
      return sum + Math.min(owned.length, after.length);
    }, 0);
    assert.equal(kept.length, mayStay, `${where}: more moved than had to`);
  }
});

/** Rebalances until nothing changes: what moves is first given up, then taken. */
function settle(
  members: readonly GroupMemberSubscription[],
  counts: ReadonlyMap<string, number>,
  where: string,
): GroupMemberSubscription[] {
  let current = [...members];
  for (let generationId = 1; generationId <= 3; generationId++) {
    const assignments = cooperativeStickyAssignor.assign(current, counts);
    for (const { memberId, owned } of current) {
      for (const one of owned) {
        const taker = [...assignments].find(([, list]) =>
          list.some(({ partition }) => partition === one.partition)
        );
        assert.ok(
          taker === undefined || taker[0] === memberId,
          `${where}: ${one.partition} is taken while it is owned`,
        );
      }
    }
    current = current.map((one) => ({ ...one, owned: assignments.get(one.memberId)!, generationId }));
  }
  checkWhole(current, counts, new Map(current.map(({ memberId, owned }) => [memberId, [...owned]])), where);
  return current;
}

function checkWhole(
  members: readonly GroupMemberSubscription[],
  counts: ReadonlyMap<string, number>,
  assignments: Assignments,
  where: string,
): void {
  const given: string[] = [];
  for (const { memberId, topics } of members) {
    for (const { topic, partition } of assignments.get(memberId)!) {
      assert.ok(topics.includes(topic), `${where}: ${memberId} does not subscribe to ${topic}`);
      given.push(`${topic}${partition}`);
    }
  }
  const wanted = [...counts].flatMap(([topic, count]) =>
    members.some(({ topics }) => topics.includes(topic))
      ? Array.from({ length: count }, (_, partition) => `${topic}${partition}`)
      : []
  );
  assert.deepEqual(given.sort(), wanted.sort(), where);
}
