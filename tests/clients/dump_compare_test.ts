/**
 * `milena dump` beside Kafka's own reader over the same files: the same batches at the same positions, the same verdict on
 * each checksum, the same index entries.
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import "../../ffi/test_support.ts";
import { milena } from "../../cli/testing/milena.ts";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import { CompressionType } from "../../protocol/compression.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { partitionFiles } from "../support/log_files.ts";
import { dumpLog, javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { openTestStore } from "../support/storage_fixture.ts";

/** Segments with batches of all codecs, some of an idempotent producer. */
function writeLog(directory: string): void {
  using fixture = openTestStore(openNativeDisk(), {
    directory,
    config: { segmentBytes: 20_000, indexIntervalBytes: 500 },
  });
  const [log] = fixture.store.createTopic("t", 1, new Map()).partitions;
  const codecs = Object.values(CompressionType);
  for (let index = 0; index < 200; index++) {
    const records = Array.from({ length: 1 + index % 7 }, (_, at) => ({
      timestamp: 1_700_000_000_000 + index * 10 + at,
      key: new TextEncoder().encode(`k${at}`),
      value: crypto.getRandomValues(new Uint8Array(60)),
    }));
    log!.append(new RecordBatch(encodeBatch(records, { compression: codecs[index % codecs.length]! })));
  }
  fixture.settle();
  fixture.store.closeCleanly();
  fixture.settle();
}

/** Batches by Kafka's words: "baseOffset: 0 lastOffset: 2 count: 3 … position: 0 … size: 222 … crc: 1234 isvalid: true". */
function kafkasBatches(output: string) {
  return output.split("\n").filter((line) => line.startsWith("baseOffset: ")).map((line) => {
    const words = new Map([...line.matchAll(/(\w+): (\S+)/g)].map(([, name, value]) => [name!, value!]));
    const number = (name: string) => Number(words.get(name));
    return {
      baseOffset: number("baseOffset"),
      lastOffset: number("lastOffset"),
      count: number("count"),
      position: number("position"),
      size: number("size"),
      codec: words.get("compresscodec"),
      crc: number("crc"),
      isValid: words.get("isvalid") === "true",
      maxTimestamp: number("CreateTime"),
      leaderEpoch: number("partitionLeaderEpoch"),
    };
  });
}

async function ourItems(files: readonly string[], wanted: string): Promise<Record<string, unknown>[]> {
  const { out } = await milena(["dump", "--json", ...files]);
  return out.split("\n").map((line) => JSON.parse(line)).filter(({ type }) => type === wanted);
}

testNeeding([javaTools], "milena dump and Kafka's reader tell the same of logs and indexes", async () => {
  const directory = await Deno.makeTempDir({ prefix: "milena-compare-" });
  try {
    writeLog(`${directory}/data`);
    const files = partitionFiles(`${directory}/data`);
    const logs = files.filter((file) => file.endsWith(".log"));
    ok(logs.length > 2, `segments: ${logs.length}`);
    const output = await dumpLog(files);
    const theirs = kafkasBatches(output);
    equal(theirs.length, 200);
    const names = Object.keys(theirs[0]!);
    const ours = (await ourItems(logs, "batch")).map((item) =>
      Object.fromEntries(names.map((name) => [name, item[name]]))
    );
    deepEqual(ours, theirs);

    const offsets = [...output.matchAll(/^offset: (\d+) position: (\d+)/gm)].map(([, offset, position]) => ({
      offset: Number(offset),
      position: Number(position),
    }));
    ok(offsets.length > 20, `entries: ${offsets.length}`);
    const ourOffsets = await ourItems(files.filter((file) => file.endsWith(".index")), "entry");
    deepEqual(ourOffsets.map(({ offset, position }) => ({ offset, position })), offsets);
    const times = [...output.matchAll(/^timestamp: (\d+) offset: (\d+)/gm)].map(([, timestamp, offset]) => ({
      timestamp: Number(timestamp),
      offset: Number(offset),
    }));
    const ourTimes = await ourItems(files.filter((file) => file.endsWith(".timeindex")), "entry");
    deepEqual(ourTimes.map(({ timestamp, offset }) => ({ timestamp, offset })), times);

    const { position, size } = theirs[5]!;
    const bytes = Deno.readFileSync(logs[0]!);
    bytes[position + size - 10]! ^= 1; // in a value: Kafka's reader gives up where it can't read on
    Deno.writeFileSync(logs[0]!, bytes);
    const bad = kafkasBatches(await dumpLog([logs[0]!]))[5]!;
    equal(bad.isValid, false);
    const [ourBad] = await ourItems([logs[0]!], "as");
    deepEqual(Object.fromEntries(names.map((name) => [name, ourBad![name]])), bad);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
