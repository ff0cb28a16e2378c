/**
 * Writes that are refused because the disk is full, as the C library tells it: for a while, and after a part of the batch
 * was written. The broker must say so to producers, go on serving readers, and be well again by itself.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode, errorName, isRetriable } from "../../protocol/errors.ts";
import { assertSaid, faultTest, stopAndCheck } from "./faulty_broker.ts";
import type { FaultyCall } from "./fault_libc.ts";
import { Tenant } from "./tenant.ts";

/** Whatever makes a file of a partition longer. */
const growing: readonly FaultyCall[] = ["pwrite", "pwritev", "fallocate"];

async function assertRefused(tenant: Tenant, partition: number): Promise<void> {
  const { errorCode, errorMessage } = await tenant.produce(partition);
  assert.equal(errorCode, ErrorCode.KAFKA_STORAGE_ERROR, `${errorName(errorCode)}: ${errorMessage}`);
  assert.equal(isRetriable(errorCode), true);
}

faultTest(
  "while the disk is full produce is refused and fetch goes on; then produce does, too",
  {},
  async ({ broker, libc }) => {
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2 });
    for (let time = 1; time <= 3; time++) {
      await tenant.produceAll(20);
      using full = libc.add({ calls: growing, fault: { fail: "ENOSPC" }, path: "/faults-0/" });
      for (let attempt = 0; attempt < 20; attempt++) {
        await assertRefused(tenant, 0);
        assert.equal(await tenant.fetchFirst(0), 0);
        assert.equal((await tenant.produce(1)).errorCode, 0);
      }
      assert.ok(full.fired >= 20);
      full.end();
      await tenant.produceAll(20);
      await tenant.check();
      await assertSaid(broker, /ERROR .*disk is full/, time); // once, not for each batch
      await assertSaid(broker, /faults-0 takes records again/, time);
    }
    await stopAndCheck(broker);
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
  },
);

faultTest(
  "a batch of which a part was written before the disk was full leaves nothing behind",
  {},
  async ({ broker, libc }) => {
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 1 });
    await tenant.produceAll(5);
    const path = "/faults-0/";
    {
      // The first pwrite of each batch writes 30 bytes, the second, for the rest, fails.
      using full = libc.add({ calls: ["pwrite", "pwritev"], fault: { fail: "ENOSPC" }, path, every: 2 });
      using partly = libc.add({ calls: ["pwrite", "pwritev"], fault: { short: 30 }, path });
      for (let attempt = 0; attempt < 20; attempt++) await assertRefused(tenant, 0);
      assert.equal(partly.fired, 20);
      assert.equal(full.fired, 20);
    }
    // What is left behind would be overwritten by the next batch, so there is none.
    await stopAndCheck(broker);
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
    await tenant.produceAll(5);
    await tenant.check();
  },
);

faultTest(
  "a batch that could not be undone fences its partition; a restart cuts it off",
  {},
  async ({ broker, libc }) => {
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2 });
    await tenant.produceAll(5);
    const path = "/faults-0/";
    {
      using _full = libc.add({ calls: ["pwrite", "pwritev"], fault: { fail: "ENOSPC" }, path, every: 2 });
      using _partly = libc.add({ calls: ["pwrite", "pwritev"], fault: { short: 30 }, path });
      using stuck = libc.add({ calls: ["ftruncate"], fault: { fail: "EIO" }, path });
      await assertRefused(tenant, 0);
      assert.equal(stuck.fired, 1);
    }
    for (let attempt = 0; attempt < 10; attempt++) await assertRefused(tenant, 0);
    assert.equal((await tenant.produce(1)).errorCode, 0);
    await assertSaid(broker, /faults-0 is out of service/, 1);
    await broker.kill9();
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
    await tenant.produceAll(5);
    await tenant.check();
    await stopAndCheck(broker);
  },
);
