/**
 * Kafka's own reader over a compacted log: thinned batches of every codec, empty ones, delete horizons, markers.
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CompressionType } from "../../protocol/compression_type.ts";
import { Compaction } from "../../storage/compaction/compaction.ts";
import {
  CompactableLog,
  DIRECTORY,
  jobOf,
  readBatches,
  recordsOf,
  swapIn,
} from "../support/compactable_log.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { dumpLog, javaTools } from "../support/peers.ts";
import { SeededRandom } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";

const PRODUCER = { producerId: 5, producerEpoch: 0 };

/** A log of transactions and plain batches, compacted twice. */
function compactedLog(): MemoryDisk {
  const random = new SeededRandom(5);
  const codecs = Object.values(CompressionType);
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  let sequence = 0;
  for (let segment = 0; segment < 4; segment++) {
    for (let index = 0; index < 12; index++) {
      const compression = codecs[index % codecs.length]!;
      const records = Array.from({ length: 4 }, () => ({
        key: `k${random.below(40)}`,
        value: random.below(4) === 0 ? null : `value ${random.below(1000)}`,
      }));
      if (index % 4 !== 3) {
        log.append(records, { compression });
        continue;
      }
      const first = log.append(records, {
        compression,
        producerId: PRODUCER.producerId,
        sequence,
        isTransactional: true,
      });
      sequence += records.length;
      log.end(index === 7 ? "commit" : "abort", PRODUCER.producerId, first);
    }
    log.roll();
  }
  for (const [firstDirtyOffset, nowMs] of [[0, 5000], [log.endOffset, 5500]] as const) {
    const context = {
      disk,
      clock: { monotonic: () => 0 },
      pause: () => {},
      log: (_: string, text: string) => assert.fail(text),
    };
    const producers = [{ ...PRODUCER, lastDataOffset: log.endOffset - 2 }];
    const compaction = new Compaction(
      context,
      jobOf(disk, log.endOffset, { firstDirtyOffset, nowMs, producers }),
    );
    compaction.begin();
    for (let group = compaction.next(); group !== undefined; group = compaction.next()) swapIn(disk, group);
  }
  return disk;
}

testNeeding([javaTools], "Kafka's reader finds in a compacted log what is in it", async () => {
  const disk = compactedLog();
  const directory = Deno.makeTempDirSync();
  try {
    const files = disk.names(DIRECTORY).map((name) => {
      Deno.writeFileSync(join(directory, name), disk.read(`${DIRECTORY}/${name}`));
      return join(directory, name);
    });
    const output = await dumpLog(files);
    // Not looked for: gaps between offsets, and that no record has the time which an empty batch notes.
    assert.doesNotMatch(output, /isvalid: false|Mismatches in|out of order|not found|should not|Exception/);
    const batches = readBatches(disk);
    const matches = (pattern: RegExp) =>
      [...output.matchAll(pattern)].map((match) => match.slice(1).map(Number));
    assert.deepEqual(
      matches(/^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*isvalid: true$/gm),
      batches.map(({ baseOffset, lastOffset, recordCount }) => [baseOffset, lastOffset, recordCount]),
    );
    assert.deepEqual(
      matches(/^\| offset: (\d+) CreateTime: (\d+)/gm),
      batches.flatMap(recordsOf).map(({ offset, timestamp }) => [offset, timestamp]),
    );
    const horizons = batches.flatMap(({ deleteHorizonMs }) => deleteHorizonMs ?? []);
    assert.ok(horizons.length > 5 && batches.some(({ recordCount }) => recordCount === 0));
    assert.deepEqual(matches(/deleteHorizonMs: OptionalLong\[(\d+)\]/g).flat(), horizons);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
