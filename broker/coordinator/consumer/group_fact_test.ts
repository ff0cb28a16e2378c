import assert from "node:assert/strict";
import { factOf, type GroupFact, recordOf } from "./group_fact.ts";

const id = "AAAAAAAAAAAAAAAAAAAAAQ";

const facts: readonly GroupFact[] = [
  { kind: "group", value: { epoch: 7, metadataHash: 2 ** 53 - 1 } },
  { kind: "group", value: { epoch: 1, metadataHash: 0 } },
  {
    kind: "member",
    memberId: "m",
    value: {
      instanceId: "i",
      rackId: null,
      clientId: "c",
      clientHost: "/127.0.0.1",
      subscribedTopicNames: ["a", "b"],
      subscribedTopicRegex: "c.*",
      rebalanceTimeoutMs: 300_000,
      serverAssignor: "uniform",
      classic: { sessionTimeoutMs: 45_000, protocols: [{ name: "range", metadata: new Uint8Array([1, 2]) }] },
    },
  },
  {
    kind: "member",
    memberId: "",
    value: {
      instanceId: null,
      rackId: "r",
      clientId: "",
      clientHost: "",
      subscribedTopicNames: [],
      subscribedTopicRegex: null,
      rebalanceTimeoutMs: -1,
      serverAssignor: null,
      classic: null,
    },
  },
  { kind: "targetEpoch", value: { epoch: 3, timestampMs: 1_700_000_000_000 } },
  { kind: "target", memberId: "m", value: new Map([[id, new Set([0, 5])]]) },
  { kind: "target", memberId: "m", value: new Map() },
  {
    kind: "current",
    memberId: "m",
    value: {
      epoch: 4,
      previousEpoch: 3,
      state: "unrevoked",
      assigned: new Map([[id, new Map([[0, 4], [1, 2]])]]),
      pendingRevocation: new Map([[id, new Map([[7, 1]])]]),
    },
  },
  { kind: "regex", regex: "a|b", value: { topics: new Set(["a"]), version: 12, timestampMs: 5 } },
];

Deno.test("factOf gives back what recordOf made a record of", () => {
  for (const fact of facts) {
    assert.deepEqual(factOf(recordOf("group", fact)), { groupId: "group", fact });
    const tombstone = { ...fact, value: null } as GroupFact;
    const record = recordOf("group", tombstone);
    assert.equal(record.value, null);
    assert.deepEqual(factOf(record), { groupId: "group", fact: tombstone });
  }
});

Deno.test("recordOf writes Kafka's bytes: the kind in the key's version, version 0 in the value", () => {
  const { key, value } = recordOf("g", { kind: "group", value: { epoch: 7, metadataHash: 0 } });
  assert.equal(key.toHex(), "0003" + "0001" + "67");
  assert.equal(value!.toHex(), "0000" + "00000007" + "00");
  const current = recordOf("g", {
    kind: "current",
    memberId: "m",
    value: {
      epoch: 2,
      previousEpoch: 0,
      state: "unreleased",
      assigned: new Map([[id, new Map([[3, 2]])]]),
      pendingRevocation: new Map(),
    },
  });
  assert.equal(current.key.toHex(), "0008" + "0001" + "67" + "0001" + "6d");
  const topicId = "00".repeat(15) + "01";
  const epochs = "01" + "00" + "05" + "02" + "00000002"; // one tagged field, tag 0, of 5 bytes: one epoch, 2
  assert.equal(
    current.value!.toHex(),
    "0000" + "00000002" + "00000000" + "02" + "02" + topicId + "02" + "00000003" + epochs + "01" + "00",
  );
});

Deno.test("factOf takes partitions without epochs for assigned in the member's epoch", () => {
  const topicId = "00".repeat(15) + "01";
  const value = Uint8Array.fromHex(
    "0000" + "00000009" + "00000008" + "00" + "02" + topicId + "02" + "00000003" + "00" + "01" + "00",
  );
  const { key } = recordOf("g", { kind: "current", memberId: "m", value: null });
  const read = factOf({ key, value })!.fact;
  assert.ok(read.kind === "current");
  assert.deepEqual(read.value!.assigned, new Map([[id, new Map([[3, 9]])]]));
});

Deno.test("factOf gives nothing for what it can't read", () => {
  const { key, value } = recordOf("group", facts[2]!);
  assert.equal(factOf({ key: key.subarray(0, 4), value }), undefined);
  assert.equal(factOf({ key, value: value!.subarray(0, 9) }), undefined);
  const later = value!.slice();
  later[1] = 1;
  assert.equal(factOf({ key, value: later }), undefined);
  assert.equal(factOf({ key: Uint8Array.of(0, 99), value: null }), undefined);
  // A state that came later is a state all the same.
  const current = recordOf("group", facts[7]!);
  current.value![10] = 9;
  const read = factOf(current)!.fact;
  assert.ok(read.kind === "current" && read.value?.state === "unknown");
});
