import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { type Handed, handOut, timesHanded } from "./handed.ts";
import type { Change } from "./lease_book.ts";
import { LeaseBook } from "./lease_book.ts";
import { formatNote, type LeaseNote, parseNote } from "./lease_note.ts";
import { formatToken, newLeaseId, parseToken } from "./lease_token.ts";

/** Kafka's side: what is committed, by partition. Every look is a new book, as another gateway's would be. */
class Committed {
  readonly #offsets = new Map<number, { offset: number; leaderEpoch: number; metadata: string }>();

  constructor(readonly partitionCount: number) {}

  book(): LeaseBook {
    return new LeaseBook(this.partitionCount, this.#offsets);
  }

  commit({ partition, offset, leaderEpoch, metadata }: Change): void {
    assert.ok(metadata.length < 500, "Kafka takes 4096 bytes unless told otherwise");
    this.#offsets.set(partition, { offset, leaderEpoch, metadata });
  }

  offset(partition: number): number {
    return this.#offsets.get(partition)?.offset ?? -1;
  }
}

interface ModelPartition {
  committed: number;
  lease: { id: string; to: number; until: number } | undefined;
  /** How often the record at each offset was handed out, since it was committed up to there. */
  handed: Map<number, number>;
}

Deno.test("LeaseBook does as a list of leases would, whatever is polled, committed, extended, released or left", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let run = 0; run < 200; run++) {
    const committed = new Committed(3);
    const model: ModelPartition[] = Array.from(
      { length: 3 },
      () => ({ committed: -1, lease: undefined, handed: new Map() }),
    );
    const ids = ["never-was-any"];
    let now = 1000;
    for (let step = 0; step < 60; step++) {
      const where = `seed ${seed}, run ${run}, step ${step}`;
      now += random.below(40);
      const partition = random.below(3);
      const at = model[partition]!;
      const book = committed.book();
      const isHeld = at.lease !== undefined && at.lease.until > now;
      assert.equal(book.available(now).some((one) => one.partition === partition), !isHeld, where);
      if (random.below(2) === 0) {
        if (isHeld) continue;
        const offset = Math.max(0, at.committed);
        const nextOffset = offset + 1 + random.below(4);
        const id = `lease-${ids.length}`;
        const until = now + 1 + random.below(100);
        const { deliveries, change } = book.grant(partition, { id, offset, nextOffset, until });
        ids.push(id);
        for (let one = offset; one < nextOffset; one++) at.handed.set(one, (at.handed.get(one) ?? 0) + 1);
        assert.equal(deliveries, at.handed.get(offset), where);
        at.committed = offset;
        at.lease = { id, to: nextOffset, until };
        committed.commit(change);
        continue;
      }
      const id = random.pick(ids.slice(-4));
      const { lease } = at;
      const kind = random.pick(["commit", "commit", "release", "extend"] as const);
      if (kind === "commit") {
        const offset = random.below(2) === 0 ? undefined : random.below(20);
        const settled = book.settle({ partition, id }, { kind, ...offset === undefined ? {} : { offset } });
        const to = offset ?? lease?.to ?? 0;
        const isMine = lease?.id === id;
        const isInside = isMine && to >= at.committed && to <= lease.to;
        // Committing again what was committed already changes nothing; whether it is refused is tested below.
        if (!isMine) assert.ok(!settled.isSettled || settled.change === undefined, where);
        else assert.equal(settled.isSettled, isInside, where);
        if (!isInside) continue;
        at.committed = to;
        for (const one of [...at.handed.keys()]) if (one < to) at.handed.delete(one);
        at.lease = undefined;
        committed.commit((settled as { change: Change }).change);
      } else {
        const until = now + 50;
        const settled = book.settle({ partition, id }, kind === "release" ? { kind } : { kind, until });
        assert.equal(settled.isSettled, lease?.id === id, where);
        if (!settled.isSettled) continue;
        at.lease = kind === "release" ? undefined : { ...lease!, until };
        committed.commit(settled.change!);
      }
      assert.equal(committed.offset(partition), at.committed, where);
      const expiries = model.flatMap(({ lease }) =>
        lease !== undefined && lease.until > now ? lease.until : []
      );
      assert.equal(committed.book().nextExpiry(now), Math.min(Infinity, ...expiries), where);
    }
  }
});

Deno.test("LeaseBook takes a commit again while it is the last of its partition", () => {
  const committed = new Committed(1);
  const grant = (id: string, offset: number) =>
    committed.commit(committed.book().grant(0, { id, offset, nextOffset: offset + 2, until: 10 }).change);
  const settle = (id: string, offset?: number) => {
    const settled = committed.book().settle(
      { partition: 0, id },
      { kind: "commit", ...offset === undefined ? {} : { offset } },
    );
    if (settled.isSettled && settled.change !== undefined) committed.commit(settled.change);
    return settled.isSettled ? settled.offset : settled.reason;
  };
  grant("a", 0);
  assert.deepEqual([settle("a"), settle("a"), settle("a", 1)], [2, 2, 2]);
  grant("b", 2);
  assert.equal(settle("a"), 2, "also while the next has its lease");
  assert.deepEqual([settle("b", 3), settle("b", 3)], [3, 3]);
  assert.equal(settle("b"), "lost", "a part was committed, and now all is claimed to be");
  assert.equal(settle("a"), "lost");
});

Deno.test("handOut keeps few ends, and never counts a record less often than it was handed out", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  let handed: Handed = [];
  const counts = new Array<number>(1000).fill(0);
  for (let i = 0; i < 200; i++) {
    const end = 1 + random.below(1000);
    handed = handOut(handed, end);
    for (let offset = 0; offset < end; offset++) counts[offset]!++;
    assert.ok(handed.length <= 16);
    assert.equal(timesHanded(handed, 0), counts[0], `seed ${seed}`);
    const offset = random.below(1000);
    assert.ok(timesHanded(handed, offset) >= counts[offset]!, `seed ${seed}`);
  }
});

Deno.test("parseNote reads what formatNote wrote, and nothing else", () => {
  const notes: LeaseNote[] = [
    { handed: [] },
    { handed: [[12, 3]], done: "d@3" },
    { handed: [[9, 1], [12, 1]], lease: { id: "x", to: 12, until: 1795247756745 } },
  ];
  for (const note of notes) assert.deepEqual(parseNote(formatNote(note)), note);
  const strange = [
    "",
    "x",
    "{}",
    '{"milena":2}',
    '{"milena":',
    '{"milena":1,"handed":[3]}',
    '{"milena":1,"handed":[[1,-1]]}',
  ];
  for (const text of strange) assert.equal(parseNote(text), undefined, text);
});

Deno.test("parseToken reads what formatToken wrote, and nothing else", () => {
  const name = { partition: 12, id: newLeaseId() };
  assert.deepEqual(parseToken(formatToken(name)), name);
  for (
    const token of [
      "",
      "1",
      "1.",
      "-1.aaaaaaaaaaaaaaaa",
      "1.aaaaaaaaaaaaaaa",
      "1.aaaaaaaaaaaaaaaa.",
      "1.aaaaaaaaaaaaaaa/",
    ]
  ) {
    assert.equal(parseToken(token), undefined, token);
  }
});
