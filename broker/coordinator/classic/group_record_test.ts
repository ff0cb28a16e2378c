import assert from "node:assert/strict";
import { groupRecord, readGroupRecord } from "./group_record.ts";

/** Written by Apache Kafka 4.3.1: a stable group of two members, one of them static. */
const key = Uint8Array.fromHex(
  "0002002c6d696c656e612d746573742d6464613834346330363561613433336361633135396634363466333736313866",
);
const value = Uint8Array.fromHex(
  "00030008636f6e73756d657200000001000572616e67650029746573742d32313238393539662d336264622d346263362d39306664" +
    "2d353132393538656331343932000001a2112882ea00000002002d73746174696320622d30653565663238322d343536642d343830" +
    "652d386134642d63386266626138653139643900087374617469632062000474657374000a2f3132372e302e302e3100003a980000" +
    "27100000001500010000000000000007622072616e67650000000000000005666f7220620029746573742d32313238393539662d33" +
    "6264622d346263362d393066642d353132393538656331343932ffff000474657374000a2f3132372e302e302e3100003a98000027" +
    "100000001500010000000000000007612072616e67650000000000000005666f722061",
);

Deno.test("readGroupRecord reads what Apache Kafka has written, and groupRecord writes the same bytes", () => {
  const read = readGroupRecord({ key, value })!;
  assert.equal(read.id, "milena-test-dda844c065aa433cac159f464f37618f");
  const { protocolType, protocol, generation, leader, currentStateTimestamp, members } = read.value!;
  assert.deepEqual([protocolType, protocol, generation], ["consumer", "range", 1]);
  assert.deepEqual([leader, currentStateTimestamp], [members[1]!.memberId, 1795584197354]);
  assert.deepEqual(
    members.map((member) => [
      member.groupInstanceId,
      member.clientId,
      member.clientHost,
      member.sessionTimeout,
      member.rebalanceTimeout,
      new TextDecoder().decode(member.assignment),
    ]),
    [
      ["static b", "test", "/127.0.0.1", 10_000, 15_000, "for b"],
      [null, "test", "/127.0.0.1", 10_000, 15_000, "for a"],
    ],
  );
  assert.deepEqual(groupRecord(read.id, read.value), { key, value });
  assert.deepEqual(readGroupRecord(groupRecord(read.id, null)), { id: read.id, value: null });
});

Deno.test("readGroupRecord gives nothing for a record that is cut short or of a version it does not know", () => {
  for (let length = 0; length < value.length; length++) {
    assert.equal(readGroupRecord({ key, value: value.subarray(0, length) }), undefined);
  }
  for (let length = 0; length < key.length; length++) {
    assert.equal(readGroupRecord({ key: key.subarray(0, length), value }), undefined);
  }
  const newer = value.slice();
  newer[1] = 5;
  assert.equal(readGroupRecord({ key, value: newer }), undefined);
});
