/**
 * Drains by leases (see tests/support/lease_drain.ts) against a running broker: calm, and through crashes. Seeded.
 */
import { deepEqual, equal } from "node:assert/strict";
import { drain } from "../support/lease_drain.ts";
import { startMilena } from "../support/milena_process.ts";
import { SeededRandom, testSeed } from "../support/random.ts";

Deno.test("leases: a calm drain hands out each record once, and commits in order", async () => {
  const seed = testSeed();
  await using broker = await startMilena();
  const where = `seed ${seed}`;
  const random = new SeededRandom(seed);
  const ledger = await drain({ bootstrap: broker.kafka, random, where, isCrashing: false });
  equal(ledger.conflicts, 0);
  for (const seen of ledger.handedOut) {
    deepEqual([...seen.values()].filter((times) => times !== 1), [], where);
  }
});

Deno.test("leases: a drain through crashes of pollers, gateways and the broker loses nothing", async () => {
  for (let run = 0; run < 2; run++) {
    const seed = testSeed() + run;
    await using broker = await startMilena();
    await drain({
      bootstrap: broker.kafka,
      random: new SeededRandom(seed),
      where: `seed ${seed}, run ${run}`,
      isCrashing: true,
      async disturb() {
        await broker.kill9();
        await broker.start();
      },
    });
  }
});
