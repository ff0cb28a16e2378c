import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { CurrentAssignment } from "./consumer_member.ts";
import { NO_PARTITIONS } from "./partitions.ts";
import { reconcile, type ReconcileOptions } from "./reconcile.ts";

const held = (...partitions: readonly (readonly [partition: number, epoch: number])[]) =>
  partitions.length === 0 ? NO_PARTITIONS : new Map([["t", new Map(partitions)]]);
const some = (...partitions: readonly number[]) => new Map([["t", new Set(partitions)]]);

const stable: CurrentAssignment = {
  epoch: 5,
  previousEpoch: 4,
  state: "stable",
  assigned: held([0, 3], [1, 5]),
  pendingRevocation: NO_PARTITIONS,
};

/** One step of a member that is subscribed to "t" and says nothing of what it has, towards epoch 6. */
function step(fields: Partial<ReconcileOptions>): CurrentAssignment {
  return reconcile({
    current: stable,
    targetEpoch: 6,
    target: some(0, 1),
    subscribed: new Set(["t"]),
    hasSubscriptionChanged: false,
    owned: null,
    isOwned: () => false,
    ...fields,
  });
}

Deno.test("reconcile has nothing to do for a member that is where it is to be", () => {
  assert.equal(step({ targetEpoch: 5 }), stable);
});

Deno.test("reconcile moves to the target's epoch, and remembers since when each partition is assigned", () => {
  assert.deepEqual(step({ target: some(0, 1, 2) }), {
    epoch: 6,
    previousEpoch: 5,
    state: "stable",
    assigned: held([0, 3], [1, 5], [2, 6]),
    pendingRevocation: NO_PARTITIONS,
  });
});

Deno.test("reconcile stays in the epoch until the member says that it has given up", () => {
  const unrevoked = step({ target: some(0, 2) });
  assert.deepEqual(unrevoked, {
    epoch: 5,
    previousEpoch: 5,
    state: "unrevoked",
    assigned: held([0, 3]),
    pendingRevocation: held([1, 5]),
  });
  for (const owned of [null, some(0, 1)]) {
    assert.equal(step({ current: unrevoked, target: some(0, 2), owned }), unrevoked);
  }
  const next = step({ current: unrevoked, target: some(0, 2), owned: some(0) });
  assert.deepEqual([next.epoch, next.state, next.assigned], [6, "stable", held([0, 3], [2, 6])]);
  // What it has given up may be meant for it again by then.
  const back = step({ current: unrevoked, target: some(0, 1), owned: some(0), isOwned: () => true });
  assert.deepEqual([back.state, back.assigned], ["stable", held([0, 3], [1, 6])]);
});

Deno.test("reconcile waits for what others have, and takes what is free", () => {
  const isOwned = (_topicId: string, partition: number) => partition === 3;
  const unreleased = step({ target: some(0, 1, 2, 3), isOwned });
  assert.deepEqual([unreleased.epoch, unreleased.state], [6, "unreleased"]);
  assert.deepEqual(unreleased.assigned, held([0, 3], [1, 5], [2, 6]));
  const released = step({ current: unreleased, target: some(0, 1, 2, 3) });
  assert.deepEqual([released.state, released.assigned], ["stable", held([0, 3], [1, 5], [2, 6], [3, 6])]);
});

Deno.test("reconcile takes away at once what the member is no longer subscribed to", () => {
  const changed = { targetEpoch: 5, subscribed: new Set<string>(), hasSubscriptionChanged: true };
  const unrevoked = step(changed);
  assert.deepEqual([unrevoked.epoch, unrevoked.state], [5, "unrevoked"]);
  assert.deepEqual([unrevoked.assigned, unrevoked.pendingRevocation], [NO_PARTITIONS, stable.assigned]);
  const given = step({ ...changed, owned: NO_PARTITIONS });
  assert.deepEqual([given.state, given.assigned], ["stable", NO_PARTITIONS]);
  // A target that still has it counts for nothing.
  const next = step({ subscribed: new Set(), owned: NO_PARTITIONS });
  assert.deepEqual([next.epoch, next.state, next.assigned], [6, "stable", NO_PARTITIONS]);
});

Deno.test("reconcile fences a member in a state that came later, until it has nothing", () => {
  const unknown = { ...stable, state: "unknown" } as const;
  for (const owned of [null, some(0)]) {
    assert.throws(() => step({ current: unknown, owned }), { code: ErrorCode.FENCED_MEMBER_EPOCH });
  }
  assert.equal(step({ current: unknown, owned: NO_PARTITIONS }).state, "stable");
});
