import assert from "node:assert/strict";
import { ConsumerProtocolSubscription, decodeAssignment, decodeSubscription } from "./consumer_protocol.ts";
import { encodeVersioned } from "./versioned.ts";

Deno.test("decodeSubscription reads a newer version as the newest it knows, and passes over what that added", () => {
  const bytes = encodeVersioned(ConsumerProtocolSubscription, 3, { topics: ["a"], rackId: "r" });
  const newer = new Uint8Array(bytes.length + 5);
  newer.set(bytes);
  newer[1] = 7;
  const { version, value } = decodeSubscription(newer)!;
  assert.deepEqual([version, value.topics, value.rackId], [3, ["a"], "r"]);
});

Deno.test("decodeSubscription and decodeAssignment give nothing for bytes that are something else", () => {
  for (const bytes of [[], [0], [0, 0], [0xff, 0xff, 0, 0, 0, 0], [0, 0, 0x7f, 0xff, 0xff, 0xff]]) {
    assert.equal(decodeSubscription(Uint8Array.from(bytes)), undefined);
    assert.equal(decodeAssignment(Uint8Array.from(bytes)), undefined);
  }
});
