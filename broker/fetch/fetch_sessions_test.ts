import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { TestClock } from "../../tests/support/storage_fixture.ts";
import { Deadlines } from "../reactor/deadlines.ts";
import { FetchList } from "./fetch_list.ts";
import { FetchSession, nextEpoch } from "./fetch_session.ts";
import { EVICTION_MS, FetchSessions, type FetchSessionsOptions } from "./fetch_sessions.ts";
import { FetchWaiters } from "./fetch_waiters.ts";

function fixture(options: Partial<FetchSessionsOptions> = {}) {
  const clock = new TestClock();
  const waiters = new FetchWaiters(new Deadlines());
  const random = new SeededRandom(1);
  const sessions = new FetchSessions({ slots: 3, partitionsOfOne: 1000, clock, random, waiters, ...options });
  const topics = { topic: () => undefined, topicById: () => undefined };
  const listOf = (size: number): FetchList => {
    const list = new FetchList({ usesTopicIds: false, topics, waiters });
    grow(list, 0, size);
    return list;
  };
  return { clock, waiters, sessions, listOf, create: (size: number) => sessions.create(listOf(size)) };
}

/** Puts in partitions [from, to) of one topic. */
function grow(list: FetchList, from: number, to: number): void {
  const partitions = Array.from({ length: to - from }, (_, index) => ({
    partition: from + index,
    currentLeaderEpoch: -1,
    fetchOffset: 0,
    partitionMaxBytes: 1,
  }));
  list.ask([{ topic: "topic", topicId: "", partitions }]);
}

Deno.test("nextEpoch counts up, and goes round without the epochs that begin anew", () => {
  assert.equal(nextEpoch(0), 1);
  assert.equal(nextEpoch(1), 2);
  assert.equal(nextEpoch(0x7ffffffe), 0x7fffffff);
  assert.equal(nextEpoch(0x7fffffff), 1);
});

Deno.test("FetchSessions evicts nobody who is new and used, however large the newcomer", () => {
  const { sessions, create, clock } = fixture();
  const [a, b, c] = [create(1)!, create(1)!, create(1)!];
  assert.equal(create(100), undefined);
  clock.advance(EVICTION_MS);
  for (const session of [a, b, c]) assert.ok(sessions.touch(session));
  assert.equal(create(100), undefined, "as old as that, but no older");
  assert.deepEqual([sessions.count, sessions.evictedCount], [3, 0]);
});

Deno.test("FetchSessions evicts who was not used for long, whatever its size", () => {
  const { sessions, create, clock } = fixture();
  const [a, b, c] = [create(500)!, create(1)!, create(1)!];
  clock.advance(EVICTION_MS);
  for (const session of [b, c]) sessions.touch(session);
  clock.advance(1);
  const d = create(0)!;
  assert.deepEqual([a, b, c, d].map(({ id }) => sessions.get(id) !== undefined), [false, true, true, true]);
  assert.equal(create(0), undefined);
  assert.deepEqual([sessions.count, sessions.partitionCount, sessions.evictedCount], [3, 2, 1]);
});

Deno.test("FetchSessions evicts the smallest of those who have been there for long, for a larger one only", () => {
  const { sessions, create, clock } = fixture();
  const [a, b, c] = [create(20)!, create(10)!, create(30)!];
  clock.advance(EVICTION_MS + 1);
  for (const session of [a, b, c]) sessions.touch(session);
  assert.equal(create(10), undefined);
  const d = create(11)!;
  assert.deepEqual([a, b, c, d].map(({ id }) => sessions.get(id) !== undefined), [true, false, true, true]);
  assert.equal(create(15), undefined, "the smallest is the new one, which is not to go so soon");
  assert.ok(create(25), "a is smaller");
  assert.equal(sessions.get(a.id), undefined);
});

Deno.test("FetchSessions makes room for many partitions by as many evictions as it takes", () => {
  const { sessions, create, clock } = fixture({ slots: 100, partitionsOfAll: 1000 });
  const all = Array.from({ length: 10 }, () => create(100)!);
  assert.equal(sessions.partitionCount, 1000);
  assert.equal(create(1), undefined);
  clock.advance(EVICTION_MS + 1);
  for (const session of all.slice(1)) sessions.touch(session);
  assert.ok(create(350));
  assert.deepEqual([sessions.count, sessions.partitionCount, sessions.evictedCount], [7, 950, 4]);
});

Deno.test("FetchSessions ends a session that grows beyond its bound, or beyond all others' room", () => {
  const one = fixture({ partitionsOfOne: 10 });
  const grown = one.create(10)!;
  assert.ok(one.sessions.touch(grown));
  grow(grown.list, 10, 11);
  assert.equal(one.sessions.touch(grown), false);
  assert.deepEqual([one.sessions.count, one.sessions.partitionCount], [0, 0]);

  const all = fixture({ partitionsOfAll: 100 });
  const [first, second] = [all.create(50)!, all.create(50)!];
  grow(second.list, 50, 60);
  assert.equal(all.sessions.touch(second), false);
  assert.equal(all.sessions.get(second.id), undefined);
  assert.equal(all.sessions.get(first.id), first);
  assert.equal(all.sessions.partitionCount, 50);
  assert.equal(all.create(101), undefined);
});

Deno.test("FetchSessions answers the fetch that waits with a session it removes", () => {
  const { sessions, waiters, create } = fixture();
  const session = create(1)!;
  const looks: boolean[] = [];
  const fetch = {
    tryAnswer: (isLate: boolean) => {
      looks.push(isLate);
      return true;
    },
  };
  waiters.add(fetch, 100);
  session.list.waiting = fetch;
  sessions.remove(session);
  sessions.remove(session);
  assert.deepEqual(looks, [true]);
  assert.equal(waiters.count, 0);
});

Deno.test("FetchSessions gives ids that are positive and nobody else's", () => {
  const random = { bytes: (length: number) => Uint8Array.from({ length }, () => values.shift()!) };
  // 0 is no id; the upper bit is not used; an id that is taken is not given again.
  const values = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff];
  const { create } = fixture({ random });
  assert.deepEqual([create(1)!.id, create(1)!.id], [1, 0x7fffffff]);
});

/** The rule as it is told, over a plain array. */
class Model {
  sessions: FetchSession[] = [];

  constructor(readonly slots: number, readonly partitionsOfAll: number) {}

  get partitions(): number {
    return this.sessions.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether there is room for a newcomer in the end; those that had to go are gone. */
  makeRoom(size: number, nowMs: number): boolean {
    if (size > this.partitionsOfAll || this.slots === 0) return false;
    while (this.sessions.length >= this.slots || this.partitions + size > this.partitionsOfAll) {
      const oldest = this.sessions.toSorted((a, b) => a.lastUsedMs - b.lastUsedMs)[0];
      const isStale = oldest !== undefined && nowMs - oldest.lastUsedMs > EVICTION_MS;
      const smallest = this.sessions
        .filter(({ createdMs, lastUsedMs }) => lastUsedMs - createdMs > EVICTION_MS)
        .toSorted((a, b) => a.size - b.size)[0];
      const victim = isStale ? oldest : smallest;
      if (victim === undefined || !isStale && victim.size >= size) return false;
      this.sessions = this.sessions.filter((one) => one !== victim);
    }
    return true;
  }
}

Deno.test("FetchSessions keeps whom the rule keeps, whatever comes and goes", () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 50; round++) {
    const slots = random.below(6);
    const partitionsOfAll = 20 + random.below(100);
    const { sessions, clock, create } = fixture({ slots, partitionsOfAll });
    const model = new Model(slots, partitionsOfAll);
    for (let step = 0; step < 200; step++) {
      // No two moments and no two sizes of sessions are alike, so that there is one who has to go.
      clock.advance(1 + random.below(EVICTION_MS / 2));
      const session = model.sessions.length > 0 ? random.pick(model.sessions) : undefined;
      const kind = random.below(10);
      if (kind < 4) {
        let size = random.below(40);
        while (model.sessions.some((one) => one.size === size)) size++;
        const created = create(size);
        assert.equal(created !== undefined, model.makeRoom(size, clock.monotonic()));
        if (created !== undefined) model.sessions.push(created);
      } else if (kind < 9 && session !== undefined) {
        assert.ok(sessions.touch(session));
      } else if (session !== undefined) {
        sessions.remove(session);
        model.sessions = model.sessions.filter((one) => one !== session);
      }
      for (const { id } of model.sessions) assert.ok(sessions.get(id));
      assert.equal(sessions.count, model.sessions.length);
      assert.equal(sessions.partitionCount, model.partitions);
    }
  }
});
