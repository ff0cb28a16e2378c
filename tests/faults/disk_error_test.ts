/**
 * Other calls that the disk refuses: what can't be read, what can't be named, topics that can't be noted.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { assertSaid, faultTest, stopAndCheck, until } from "./faulty_broker.ts";
import { Tenant } from "./tenant.ts";

const { KAFKA_STORAGE_ERROR } = ErrorCode;

function segmentCount(directory: string): number {
  return [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".log")).length;
}

faultTest(
  "a directory that could not be synced after a roll fences its partition",
  { settings: { "log.segment.bytes": "1048576", "log.flush.interval.ms": "100" } },
  async ({ broker, libc }) => {
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2, paddingBytes: 50_000 });
    const path = "/faults-0";
    const syncs = libc.add({ calls: ["fsync"], fault: { fail: "EIO" }, path, times: 0 });
    await until("a roll whose directory is synced", async () => {
      await tenant.produceAll(1);
      return syncs.matched > 0 && segmentCount(`${broker.dataDirectory}/faults-0`) > 1;
    });
    const rule = libc.add({ calls: ["fsync"], fault: { fail: "EIO" }, path, times: 1 });
    await until("the fence", async () => (await tenant.produce(0)).errorCode === KAFKA_STORAGE_ERROR);
    assert.equal(rule.fired, 1);
    assert.equal((await tenant.produce(1)).errorCode, 0);
    await assertSaid(broker, /faults-0 is out of service .*fsync .*\(EIO\)$/, 1);
    await broker.kill9();
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
    await tenant.produceAll(30);
    await tenant.check();
    await stopAndCheck(broker);
  },
);

faultTest("what can't be read is an error for its reader, and no more", {}, async ({ broker, libc }) => {
  using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2 });
  await tenant.produceAll(20);
  using unreadable = libc.add({ calls: ["pread", "preadv2"], fault: { fail: "EIO" }, path: "/faults-0/" });
  assert.equal(await tenant.fetchFirst(0), KAFKA_STORAGE_ERROR);
  assert.equal(await tenant.fetchFirst(1), 0);
  assert.ok(unreadable.fired > 0);
  unreadable.end();
  await tenant.check();
  // sendfile comes when the answer has begun: the connection has to end, and the broker to go on.
  const cut = libc.add({ calls: ["sendfile"], fault: { fail: "EIO" }, path: "/faults-0/", times: 1 });
  await assert.rejects(tenant.fetchFirst(0));
  assert.equal(cut.fired, 1);
  await tenant.reconnect();
  await tenant.checkAgain();
  await tenant.produceAll(20);
  await tenant.check();
  await stopAndCheck(broker);
});

faultTest("a topic that can't be noted is not made, and can be made later", {}, async ({ broker, libc }) => {
  using tenant = await Tenant.create(broker, { topic: "before", partitionCount: 1 });
  await tenant.produceAll(5);
  const options = { topic: "faults", partitionCount: 2 };
  {
    using full = libc.add({
      calls: ["pwrite", "pwritev"],
      fault: { fail: "ENOSPC" },
      path: "/milena.topics",
    });
    await assert.rejects(Tenant.create(broker, options));
    assert.ok(full.fired > 0);
    assert.equal(await tenant.deleteTopic(), KAFKA_STORAGE_ERROR);
    await tenant.produceAll(5);
  }
  using later = await Tenant.create(broker, options);
  await later.produceAll(5);
  assert.equal(await tenant.deleteTopic(), 0);
  await stopAndCheck(broker);
  await broker.start();
  await later.reconnect();
  await later.checkAgain();
});
