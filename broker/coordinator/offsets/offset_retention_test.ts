import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { MemoryDiskError } from "../../../tests/support/memory_disk.ts";
import {
  commitInTransaction,
  commitOffsets,
  endTransaction,
  fetchOffset,
} from "../../../tests/support/offset_requests.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { runBroker } from "../../../tests/support/test_broker.ts";
import type { TestClient } from "../../../tests/support/test_client.ts";

const MINUTE_MS = 60_000;
const settings = {
  "connections.max.idle.ms": String(1000 * MINUTE_MS),
  "offsets.retention.minutes": "10",
  "offsets.retention.check.interval.ms": String(MINUTE_MS),
};
const topic = { name: "topic" };

function* committed(client: TestClient, group?: string): Generator<void, number> {
  return (yield* fetchOffset(client, "topic", 0, group === undefined ? {} : { group })).committedOffset;
}

Deno.test("OffsetRetention forgets what a simple group has committed too long ago, and then the group, for good", () => {
  const { disk, clock } = runBroker(function* (broker) {
    const client = broker.connect();
    const { groups } = broker.server.broker;
    yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic, offset: 5 });
    yield* broker.pass(5 * MINUTE_MS);
    yield* commitOffsets(client, 9, { topic, offset: 6, group: "later" });
    yield* broker.pass(4 * MINUTE_MS);
    assert.equal(yield* committed(client), 5);
    yield* broker.pass(2 * MINUTE_MS);
    assert.equal(yield* committed(client), -1);
    assert.equal(groups.group("group"), undefined);
    assert.equal(yield* committed(client, "later"), 6);
    assert.ok(groups.group("later"));
  }, { settings });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal(yield* committed(client), -1);
    assert.equal(broker.server.broker.groups.group("group"), undefined);
    assert.equal(yield* committed(client, "later"), 6);
    // What was committed before the start expires, too.
    yield* broker.pass(6 * MINUTE_MS);
    assert.equal(yield* committed(client, "later"), -1);
  }, { settings, disk, clock });
});

Deno.test("OffsetRetention goes by the retention time of the commit, over a restart", () => {
  const { disk, clock } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const [group, minutes] of [["short", 2], ["long", 20]] as const) {
      yield* commitOffsets(client, 4, { topic, offset: 5, group, retentionMs: minutes * MINUTE_MS });
    }
  }, { settings });
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* broker.pass(4 * MINUTE_MS);
    assert.equal(yield* committed(client, "short"), -1);
    yield* broker.pass(14 * MINUTE_MS);
    assert.equal(yield* committed(client, "long"), 5);
    yield* broker.pass(4 * MINUTE_MS);
    assert.equal(yield* committed(client, "long"), -1);
  }, { settings, disk, clock });
});

Deno.test("OffsetRetention leaves alone what a transaction has pending until it has ended", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitInTransaction(client, 3, { topic, offset: 5, producerId: 7 });
    yield* broker.pass(30 * MINUTE_MS);
    endTransaction(broker, { producerId: 7, isCommitted: true });
    assert.equal(yield* committed(client), 5);
    yield* broker.pass(2 * MINUTE_MS);
    assert.equal(yield* committed(client), -1);
    // So long a transaction is open only where nobody looks.
  }, { settings: { ...settings, "transaction.abort.timed.out.transaction.cleanup.interval.ms": "3600000" } });
});

Deno.test("OffsetRetention goes through more groups than one turn takes", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { groups } = broker.server.broker;
    yield* createTopic(client, "topic");
    for (let index = 0; index < 1000; index++) {
      yield* commitOffsets(client, 9, { topic, offset: 5, group: `group ${index}` });
    }
    yield* broker.pass(12 * MINUTE_MS);
    assert.equal([...groups.groups()].length, 0);
  }, { settings });
});

Deno.test("OffsetRetention keeps what it can't write tombstones for, says so, and tries again", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic, offset: 5 });
    yield* broker.pass(MINUTE_MS);
    broker.newLines();
    const { onCall } = broker.disk;
    broker.disk.onCall = (call, path) => {
      if (call === "writeAt" && path.includes("__consumer_offsets")) {
        throw new MemoryDiskError(call, path, "ENOSPC");
      }
      onCall(call, path);
    };
    yield* broker.pass(11 * MINUTE_MS);
    assert.equal(yield* committed(client), 5);
    assert.match(broker.newLines().join("\n"), /expired are kept for now/);
    broker.disk.onCall = onCall;
    yield* broker.pass(2 * MINUTE_MS);
    assert.equal(yield* committed(client), -1);
    assert.equal(yield* commitOffsets(client, 9, { topic, offset: 6 }), ErrorCode.NONE);
  }, { settings });
});
