/**
 * fdatasync that fails, and that takes long. After a failure Linux marks the pages clean, so a second try would only
 * look like success: the partition must be out of service until it was recovered from disk, and nothing else may be.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { assertSaid, faultTest, type FaultyBroker, until } from "./faulty_broker.ts";
import { Tenant } from "./tenant.ts";

const { KAFKA_STORAGE_ERROR } = ErrorCode;

/** Partition 0 has failed: it stays so, partition 1 goes on, and a restart has everything that was acknowledged. */
async function assertFenced({ broker }: FaultyBroker, tenant: Tenant): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    assert.equal(
      (await tenant.produce(0)).errorCode,
      KAFKA_STORAGE_ERROR,
      "it was acknowledged after a failed sync",
    );
  }
  assert.equal(await tenant.fetchFirst(0), KAFKA_STORAGE_ERROR);
  for (let count = 0; count < 50; count++) assert.equal((await tenant.produce(1)).errorCode, 0);
  assert.equal(await tenant.fetchFirst(1), 0);
  const [said] = await assertSaid(broker, /out of service/, 1);
  assert.match(said!, /ERROR faults-0 is out of service .*fdatasync .*\(EIO\)$/);
}

async function checkAfterRestart({ broker }: FaultyBroker, tenant: Tenant): Promise<void> {
  await broker.kill9();
  await broker.start();
  await tenant.reconnect();
  await tenant.check();
  await tenant.produceAll(20);
  await tenant.check();
}

faultTest(
  "with --sync a failed fdatasync refuses what waited for it, fences its partition and no other",
  { sync: true },
  async (faulty) => {
    using tenant = await Tenant.create(faulty.broker, { topic: "faults", partitionCount: 2 });
    await tenant.produceAll(20);
    const rule = faulty.libc.add({
      calls: ["fdatasync"],
      fault: { fail: "EIO" },
      path: "/faults-0/",
      times: 1,
    });
    assert.equal((await tenant.produce(0)).errorCode, KAFKA_STORAGE_ERROR);
    assert.equal(rule.fired, 1);
    await assertFenced(faulty, tenant);
    assert.equal(rule.fired, 1, "a sync that failed was tried again");
    await checkAfterRestart(faulty, tenant);
  },
);

faultTest(
  "with --sync all that share a failed fdatasync are refused",
  { sync: true },
  async (faulty) => {
    const { libc } = faulty;
    using tenant = await Tenant.create(faulty.broker, { topic: "faults", partitionCount: 2 });
    await tenant.produceAll(5);
    const path = "/faults-0/";
    const held = libc.add({ calls: ["fdatasync"], fault: "hold", path, times: 1 });
    const first = tenant.produce(0);
    await until("the first sync", () => held.fired === 1);
    libc.add({ calls: ["fdatasync"], fault: { fail: "EIO" }, path, times: 1 });
    // They share the next one.
    const shared = Array.from({ length: 40 }, () => tenant.produce(0));
    held.end();
    assert.equal((await first).errorCode, 0, "its own sync was done");
    for (const { errorCode } of await Promise.all(shared)) assert.equal(errorCode, KAFKA_STORAGE_ERROR);
    await assertFenced(faulty, tenant);
    await checkAfterRestart(faulty, tenant);
  },
);

faultTest(
  "without --sync a failed fdatasync fences its partition within the flush interval, and no other",
  { settings: { "log.flush.interval.ms": "200" } },
  async (faulty) => {
    using tenant = await Tenant.create(faulty.broker, { topic: "faults", partitionCount: 2 });
    await tenant.produceAll(20);
    const rule = faulty.libc.add({
      calls: ["fdatasync"],
      fault: { fail: "EIO" },
      path: "/faults-0/",
      times: 1,
    });
    await until("the fence", async () => (await tenant.produce(0)).errorCode === KAFKA_STORAGE_ERROR);
    assert.equal(rule.fired, 1);
    await assertFenced(faulty, tenant);
    await checkAfterRestart(faulty, tenant);
  },
);

faultTest(
  "a fenced partition does not keep the others from a stop in order, and the next start recovers it",
  { sync: true },
  async (faulty) => {
    const { broker, libc } = faulty;
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2 });
    await tenant.produceAll(20);
    libc.add({ calls: ["fdatasync"], fault: { fail: "EIO" }, path: "/faults-0/", times: 1 });
    assert.equal((await tenant.produce(0)).errorCode, KAFKA_STORAGE_ERROR);
    await broker.terminate();
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
    await tenant.produceAll(20);
    await tenant.check();
  },
);

faultTest(
  "without --sync acknowledgements go on while an fdatasync hangs; with flush.messages=1 they wait for it",
  { settings: { "log.flush.interval.ms": "50" } },
  async ({ broker, libc }) => {
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2 });
    const configs = { "flush.messages": "1" };
    using patient = await Tenant.create(broker, { topic: "patient", partitionCount: 1, configs });
    await patient.produceAll(5);
    const held = libc.add({ calls: ["fdatasync"], fault: "hold", path: "/faults-" });
    await until("a sync that hangs", async () => {
      await tenant.produceAll(1);
      return held.fired > 0;
    });
    let isAcknowledged = false;
    const waiting = patient.produce(0).then((outcome) => {
      isAcknowledged = true;
      return outcome;
    });
    // 500 go to the very partitions whose sync hangs, on the thread that must not wait.
    await tenant.produceAll(250);
    await tenant.check();
    assert.equal(isAcknowledged, false, "it was acknowledged though the disk stood still");
    held.end();
    assert.equal((await waiting).errorCode, 0);
    await patient.check();
  },
);
