/**
 * Many partitions with few files held open: the descriptors of the broker's process are bounded by
 * `milena.max.open.segments`, not by the number of partitions that are written and read.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { readRecords } from "../crash/partition_reader.ts";
import { explained, stopAndCheck, until } from "../faults/faulty_broker.ts";
import { Tenant } from "../faults/tenant.ts";
import { startMilena } from "../support/milena_process.ts";

const partitionCount = 200;
const maxOpenSegments = 16;
/** A segment's log and its two indexes. */
const descriptorsPerSegment = 3;
/** Connections, checkpoints and files that are synced just then. */
const others = 30;

Deno.test("200 partitions are written and read with 16 segments open", async () => {
  await using broker = await startMilena({
    settings: { "milena.max.open.segments": String(maxOpenSegments), "log.flush.interval.ms": "100" },
  });
  await explained(broker, async () => {
    const limit = broker.figures().openFiles + maxOpenSegments * descriptorsPerSegment + others;
    using tenant = await Tenant.create(broker, { topic: "many", partitionCount });
    await tenant.produceAll(2);
    // What is not flushed is held open until it is.
    await until(`at most ${limit} descriptors`, () => broker.figures().openFiles <= limit);
    await tenant.check();
    using connection = await Connection.connect({ address: broker.kafka, clientId: "open-segments" });
    for (let partition = 0; partition < partitionCount; partition++) {
      assert.equal((await readRecords(connection, "many", partition)).length, 2);
      const { openFiles } = broker.figures();
      assert.ok(openFiles <= limit, `${openFiles} descriptors after reading ${partition + 1} partitions`);
    }
    await stopAndCheck(broker);
  });
});
