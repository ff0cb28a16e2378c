/**
 * Transactions in our files before Kafka's own reader: interleaved ones over several segments, with markers, `.txnindex` and
 * snapshots, after a clean stop and after a crash. The engine writes them by itself, as no client can yet.
 * @module
 */
import assert from "node:assert/strict";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import "../../ffi/test_support.ts";
import { join } from "../../storage/file_names.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { AbortedTransaction } from "../../storage/transaction_index.ts";
import { assertKafkaCanRead, partitionFiles } from "../support/log_files.ts";
import { dumpLog, javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { openTestStore } from "../support/storage_fixture.ts";
import { testBatch } from "../support/test_batch.ts";

const CONFIG = { segmentBytes: 2000, indexIntervalBytes: 300 };
const PRODUCERS = 3;

/** Producers that take turns; each ends every fifth batch of its own, well or not, with a newer coordinator now and then. */
function write(log: PartitionLog, rounds: number): { markers: string[]; records: number } {
  const markers: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let producerId = 1; producerId <= PRODUCERS; producerId++) {
      const timestamps = [1_700_000_000_000 + round * 10];
      log.append(testBatch({ timestamps, producerId, epoch: 0, sequence: round, isTransactional: true }));
      if (round % 5 !== producerId) continue;
      const commit = (round + producerId) % 3 === 0;
      const coordinatorEpoch = Math.floor(round / 7);
      log.appendEndMarker({ producerId, producerEpoch: 0, coordinatorEpoch, commit });
      markers.push(`endTxnMarker: ${commit ? "COMMIT" : "ABORT"} coordinatorEpoch: ${coordinatorEpoch}`);
    }
  }
  return { markers, records: rounds * PRODUCERS };
}

function describe({ producerId, firstOffset, lastOffset, lastStableOffset }: AbortedTransaction): string {
  return `version: 0 producerId: ${producerId} firstOffset: ${firstOffset} lastOffset: ${lastOffset} lastStableOffset: ${lastStableOffset}`;
}

testNeeding(
  [javaTools],
  "Kafka's reader reads our transactions: markers, aborted transactions, open ones in snapshots",
  async (t) => {
    const directory = Deno.makeTempDirSync({ prefix: "milena-transactions-" });
    const data = join(directory, "data");
    try {
      const open = () => openTestStore(openNativeDisk(), { config: CONFIG, directory: data });
      let written: ReturnType<typeof write>;
      let aborted: AbortedTransaction[];
      {
        using fixture = open();
        const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
        written = write(log, 60);
        aborted = log.abortedTransactions(0, log.endOffset);
        assert.ok(log.lastStableOffset < log.endOffset, "some are open");
        fixture.store.closeCleanly();
      }
      const judge = async () => {
        const files = partitionFiles(data);
        const figures = await assertKafkaCanRead(files);
        assert.equal(figures.records, written.records + written.markers.length);
        assert.ok(figures.segments > 5, `several segments: ${figures.segments}`);
        const said = await dumpLog(files);
        assert.deepEqual(said.match(/endTxnMarker: \w+ coordinatorEpoch: \d+/g), written.markers);
        assert.deepEqual(
          said.match(/version: 0 producerId: .* lastStableOffset: \d+/g),
          aborted.map(describe),
        );
        const open = /producerEpoch: 0 coordinatorEpoch: \d+ currentTxnFirstOffset: \D*\d+/.exec(said);
        assert.ok(open, said.match(/^producerId: .*/gm)?.join("\n"));
      };
      await t.step("after a clean stop", judge);
      await t.step("after a crash and recovery, which makes the indexes again", async () => {
        Deno.removeSync(join(data, ".kafka_cleanshutdown"));
        for (const file of partitionFiles(data)) if (/index$/.test(file)) Deno.removeSync(file);
        {
          using fixture = open();
          fixture.store.closeCleanly();
        }
        await judge();
      });
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  },
);
