import assert from "node:assert/strict";
import { ZERO_UUID } from "../../../protocol/uuid.ts";
import type { CommittedOffset } from "./committed_offset.ts";
import { expiredOffsets, type ExpiringGroup } from "./expiration.ts";
import { OffsetState } from "./offset_state.ts";

const RETENTION_MS = 1000;
const COMMITTED_MS = 50_000;

const simple: ExpiringGroup = {
  id: "group",
  type: "classic",
  state: "Empty",
  protocolType: "",
  emptySinceMs: 0,
  isSubscribedTo: () => false,
};
const classic: ExpiringGroup = {
  ...simple,
  protocolType: "consumer",
  state: "Stable",
  emptySinceMs: undefined,
  isSubscribedTo: (topic) => topic === "subscribed",
};
const left: ExpiringGroup = {
  ...classic,
  state: "Empty",
  emptySinceMs: 60_000,
  isSubscribedTo: () => false,
};
const modern: ExpiringGroup = { ...classic, type: "consumer" };

function offset(fields: Partial<CommittedOffset> = {}): CommittedOffset {
  return {
    offset: 5,
    leaderEpoch: -1,
    metadata: "",
    commitTimestamp: COMMITTED_MS,
    expireTimestamp: -1,
    topicId: ZERO_UUID,
    recordOffset: 0,
    ...fields,
  };
}

function stateOf(offsets: readonly (readonly [topic: string, partition: number, CommittedOffset?])[]) {
  const state = new OffsetState();
  for (const [topic, partition, value] of offsets) {
    state.commit({ group: "group", topic, partition }, value ?? offset());
  }
  return state;
}

/** What has expired at `nowMs`, as words. */
function expired(group: ExpiringGroup, state: OffsetState, nowMs: number) {
  const { places, isAll } = expiredOffsets(group, state, { nowMs, retentionMs: RETENTION_MS });
  return [...places.map(({ topic, partition }) => `${topic}-${partition}`), ...isAll ? ["all"] : []];
}

Deno.test("expiredOffsets of a group that nobody joined are those committed so long ago", () => {
  const state = stateOf([["a", 0], ["a", 1, offset({ commitTimestamp: COMMITTED_MS + 1 })]]);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + RETENTION_MS - 1), []);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + RETENTION_MS), ["a-0"]);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + RETENTION_MS + 1), ["a-0", "a-1", "all"]);
});

Deno.test("expiredOffsets of a classic group with members are those of topics that none is subscribed to", () => {
  const state = stateOf([["subscribed", 0], ["other", 0]]);
  assert.deepEqual(expired(classic, state, COMMITTED_MS + RETENTION_MS - 1), []);
  assert.deepEqual(expired(classic, state, COMMITTED_MS + RETENTION_MS), ["other-0"]);
  for (const state_ of ["PreparingRebalance", "CompletingRebalance"] as const) {
    assert.deepEqual(expired({ ...classic, state: state_ }, state, Infinity), [], state_);
  }
  // Members that are no consumers: nobody here knows what they read.
  assert.deepEqual(expired({ ...classic, protocolType: "connect" }, state, Infinity), []);
});

Deno.test("expiredOffsets of a classic group that its last member has left count from then on, however old", () => {
  const state = stateOf([["a", 0], ["b", 0, offset({ commitTimestamp: 0 })]]);
  assert.deepEqual(expired(left, state, 60_000 + RETENTION_MS - 1), []);
  assert.deepEqual(expired(left, state, 60_000 + RETENTION_MS), ["a-0", "b-0", "all"]);
  // An old broker's group does not say since when it is empty.
  const unsaid = { ...left, emptySinceMs: undefined };
  assert.deepEqual(expired(unsaid, state, RETENTION_MS), ["b-0"]);
});

Deno.test("expiredOffsets of a group of the new protocol count from their commit, but for subscribed topics", () => {
  const state = stateOf([["subscribed", 0], ["other", 0]]);
  for (const state_ of ["Stable", "Reconciling", "Empty"] as const) {
    const group = { ...modern, state: state_, emptySinceMs: state_ === "Empty" ? 60_000 : undefined };
    assert.deepEqual(expired(group, state, COMMITTED_MS + RETENTION_MS - 1), [], state_);
    assert.deepEqual(expired(group, state, COMMITTED_MS + RETENTION_MS), ["other-0"], state_);
  }
});

Deno.test("expiredOffsets goes by the time that a commit asked for, where it did", () => {
  const state = stateOf([
    ["a", 0, offset({ expireTimestamp: COMMITTED_MS + 10 })],
    ["a", 1, offset({ expireTimestamp: COMMITTED_MS + 10 * RETENTION_MS })],
  ]);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + 9), []);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + 10), ["a-0"]);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + 5 * RETENTION_MS), ["a-0"]);
  assert.deepEqual(expired(simple, state, COMMITTED_MS + 10 * RETENTION_MS), ["a-0", "a-1", "all"]);
});

Deno.test("expiredOffsets keeps what a transaction is about to commit, and a group that has only that", () => {
  const state = stateOf([["a", 0], ["a", 1]]);
  state.commitPending({ group: "group", topic: "a", partition: 1 }, 7, offset());
  assert.deepEqual(expired(simple, state, Infinity), ["a-0"]);
  const pending = stateOf([]);
  pending.commitPending({ group: "group", topic: "a", partition: 1 }, 7, offset());
  assert.deepEqual(expired(simple, pending, Infinity), []);
  pending.endTransaction(7, false);
  assert.deepEqual(expired(simple, pending, Infinity), ["all"]);
});

Deno.test("expiredOffsets of a group without offsets are all", () => {
  for (const group of [simple, classic, left, modern]) {
    assert.deepEqual(expired(group, new OffsetState(), 0), ["all"]);
  }
});
