/**
 * What `checkDataDirectory` finds: a small data directory, damaged in every way. Where it may stay silent, this says why.
 * @module
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { CompressionType } from "../protocol/compression.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { controlRecord, encodeBatch } from "../protocol/records.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { DATA, openTestStore } from "../tests/support/storage_fixture.ts";
import { checkDataDirectory, inspectDataDirectory, isDataDirectory } from "./check.ts";
import { formatEpochCheckpoint } from "./checkpoint_file.ts";
import { join } from "./file_names.ts";

const CONFIG = { segmentBytes: 2000, indexIntervalBytes: 200 };
const PARTITION = `${DATA}/t-0`;

/** A batch of some records, each its own. */
function batchOf(index: number, compression: CompressionType): RecordBatch {
  const records = Array.from({ length: 3 }, (_, at) => ({
    timestamp: 1_700_000_000_000 + index * 1000 + at,
    key: new TextEncoder().encode(`key ${index}`),
    value: new TextEncoder().encode(`value ${at} of batch ${index}`),
    headers: [{ key: "h", value: null }],
  }));
  return new RecordBatch(encodeBatch(records, {
    compression,
    producerId: 5,
    producerEpoch: 0,
    baseSequence: index * 3,
  }));
}

/** Several segments, all codecs, an idempotent producer; closed well unless told otherwise. */
function sampleDirectory({ isClosed = true } = {}): MemoryDisk {
  const disk = new MemoryDisk();
  const fixture = openTestStore(disk, { config: CONFIG });
  const [log] = fixture.store.createTopic("t", 1, new Map()).partitions;
  fixture.store.createTopic("empty", 1, new Map([["cleanup.policy", '"compact"']]));
  const codecs = Object.values(CompressionType);
  for (let index = 0; index < 40; index++) {
    log!.append(batchOf(index, codecs[index % codecs.length]!));
    if (index % 10 === 0) fixture.settle();
  }
  if (isClosed) fixture.store.closeCleanly();
  else fixture[Symbol.dispose]();
  fixture.settle();
  return disk.afterKill();
}

function filesOf(disk: MemoryDisk, directory = DATA): string[] {
  return disk.list(directory).flatMap(({ name, isDirectory }) => {
    const path = join(directory, name);
    return isDirectory ? filesOf(disk, path) : [path];
  });
}

function problemsWith(disk: MemoryDisk, path: string, bytes: Uint8Array | undefined): readonly string[] {
  const damaged = disk.afterKill();
  if (bytes === undefined) damaged.removeFile(path);
  else damaged.write(path, bytes);
  return checkDataDirectory(damaged, DATA).problems.map(({ path, message }) => `${path}: ${message}`);
}

/** Files whose single bytes say things that nothing else says: another digit is another name, not a contradiction. */
const WORDS_OF_THEIR_OWN: Readonly<Record<string, string>> = {
  ".lock": "is empty",
  ".kafka_cleanshutdown": "counts by being there",
  "meta.properties": "ids of node, cluster and directory, which nothing repeats",
  "milena.producer-ids": "a number",
  "milena.topics.jsonl": "settings of topics",
};

Deno.test("checkDataDirectory finds nothing to say about a directory that was closed well", () => {
  const { problems, notes, ...counts } = checkDataDirectory(sampleDirectory(), DATA);
  deepEqual(problems, []);
  deepEqual(notes, []);
  equal(counts.partitionCount, 2);
  equal(counts.batchCount, 40);
  equal(counts.recordCount, 120);
  ok(counts.segmentCount >= 4, `segments: ${counts.segmentCount}`);
  equal(isDataDirectory(sampleDirectory(), DATA), true);
});

Deno.test("checkDataDirectory finds any byte that was flipped in any file", () => {
  const disk = sampleDirectory();
  const silent = new Map<string, number[]>();
  let flips = 0;
  for (const path of filesOf(disk)) {
    const bytes = disk.read(path);
    for (let position = 0; position < bytes.length; position += bytes.length > 500 ? 7 : 1) {
      const damaged = bytes.slice();
      damaged[position]! ^= 0x01;
      flips++;
      if (problemsWith(disk, path, damaged).length > 0) continue;
      const name = path.slice(DATA.length + 1);
      silent.set(name, [...silent.get(name) ?? [], position]);
    }
  }
  ok(flips > 1500, `flips: ${flips}`);
  for (const name of Object.keys(WORDS_OF_THEIR_OWN)) silent.delete(name);
  // A snapshot behind a good one nobody needs, so a power cut may have damaged it: that is a note.
  for (const name of silent.keys()) if (name.endsWith(".snapshot")) silent.delete(name);
  // Which epoch has written nothing yet.
  silent.delete("empty-0/leader-epoch-checkpoint");
  for (const [name, positions] of silent) {
    if (!name.endsWith(".timeindex")) continue;
    // Another offset within the same batch leads to the same place.
    if (positions.every((position) => position % 12 === 11)) silent.delete(name);
  }
  deepEqual(Object.fromEntries(silent), {});
});

Deno.test("checkDataDirectory finds any file that is gone, empty, cut or zeroed", () => {
  const disk = sampleDirectory();
  const silent: string[] = [];
  for (const path of filesOf(disk)) {
    const bytes = disk.read(path);
    const name = path.slice(DATA.length + 1);
    const ways: [string, Uint8Array | undefined][] = [
      ["gone", undefined],
      ["empty", new Uint8Array(0)],
      ["cut", bytes.subarray(0, bytes.length - 1)],
      ["zeroed", new Uint8Array(bytes.length)],
    ];
    for (const [way, damaged] of ways) {
      if (damaged?.length === bytes.length && damaged.every((byte, at) => byte === bytes[at])) continue;
      if (problemsWith(disk, path, damaged).length === 0) silent.push(`${name} ${way}`);
    }
  }
  const latest = disk.names(PARTITION).filter((name) => name.endsWith(".snapshot")).at(-1)!;
  const isNeedless = (line: string) =>
    // Made anew, or read by nobody.
    /^(\.lock|\.kafka_cleanshutdown|milena\.producer-ids gone|milena\.ballast|log-start-offset-checkpoint gone)/
      .test(line) ||
    // An index may be as sparse as somebody's settings want it.
    /\.index empty$/.test(line) ||
    // Without the catalog it is a directory of Apache Kafka's; meta.properties ends with an id and a line's end.
    ["milena.topics.jsonl gone", "meta.properties cut"].includes(line) ||
    (line.includes(".snapshot") && !line.includes(latest)) || line.includes(".snapshot gone") ||
    line === "t-0/partition.metadata cut";
  deepEqual(silent.filter((line) => !isNeedless(line)), []);
});

Deno.test("checkDataDirectory takes the ends that a kill leaves for notes at most", () => {
  const disk = sampleDirectory({ isClosed: false });
  const last = disk.names(PARTITION).filter((name) => name.endsWith(".log")).at(-1)!;
  const bytes = disk.read(`${PARTITION}/${last}`);
  for (let size = 0; size < bytes.length; size += 13) {
    deepEqual(problemsWith(disk, `${PARTITION}/${last}`, bytes.subarray(0, size)), []);
  }
  const zeros = new Uint8Array(bytes.length + 5000);
  zeros.set(bytes);
  deepEqual(problemsWith(disk, `${PARTITION}/${last}`, zeros), []);
  for (const name of disk.names(PARTITION).filter((name) => name.startsWith(last.slice(0, 20)))) {
    if (name.endsWith(".log")) continue;
    deepEqual(problemsWith(disk, `${PARTITION}/${name}`, undefined), []);
    // Kafka sets aside 10 MiB for an index, and cuts it at a clean close.
    const index = new Uint8Array(12_000);
    index.set(disk.read(`${PARTITION}/${name}`));
    deepEqual(problemsWith(disk, `${PARTITION}/${name}`, index), []);
  }
});

Deno.test("checkDataDirectory goes on behind a damaged batch, and finds the next one too", () => {
  const disk = sampleDirectory({ isClosed: false });
  const path = `${PARTITION}/00000000000000000000.log`;
  const bytes = disk.read(path).slice();
  const positions: number[] = [];
  for (let position = 0; position < bytes.length; position += new RecordBatch(bytes, position).sizeInBytes) {
    positions.push(position);
  }
  const [, second, third, fourth, fifth] = positions;
  bytes[second! + 70]! ^= 1;
  bytes[fourth! + 70]! ^= 1;
  disk.write(path, bytes);
  const problems = checkDataDirectory(disk, DATA).problems.filter((problem) => problem.path === path);
  deepEqual(problems.map(({ position, offset }) => ({ position, offset })), [
    { position: second, offset: 3 },
    { position: fourth, offset: 9 },
  ]);
  match(problems[0]!.message, new RegExp(`checksum.*the next good batch begins at ${third}$`));
  match(problems[1]!.message, new RegExp(`checksum.*the next good batch begins at ${fifth}$`));
});

Deno.test("checkDataDirectory reads records: a right checksum over wrong ones is found", () => {
  const disk = sampleDirectory({ isClosed: false });
  const path = `${PARTITION}/00000000000000000000.log`;
  const bytes = disk.read(path).slice();
  const batch = new RecordBatch(bytes);
  bytes[61]! += 2; // the first record's length
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(17, batch.computeCrc());
  disk.write(path, bytes);
  const [problem, ...more] = checkDataDirectory(disk, DATA).problems;
  deepEqual(more, []);
  match(
    problem!.message,
    /^a batch with a right checksum can't be read: record 0 of its batch: its fields end/,
  );
});

Deno.test("checkDataDirectory tells a few of many findings of a file, and how many more there are", () => {
  const disk = sampleDirectory();
  const index = disk.names(PARTITION).find((name) =>
    name.endsWith(".index") && disk.read(`${PARTITION}/${name}`).length > 8
  )!;
  const noise = new Uint8Array(8 * 1000).map((_, at) => (at * 37) % 251);
  disk.write(`${PARTITION}/${index}`, noise);
  const { problems } = checkDataDirectory(disk, DATA);
  const ofIndex = problems.filter(({ path }) => path.endsWith(index));
  ok(ofIndex.length <= 12, `told: ${ofIndex.length}`);
  match(ofIndex.at(-1)!.message, /^and \d+ more of its entries$/);
});

Deno.test("checkDataDirectory tells what lies about as notes", () => {
  const disk = sampleDirectory();
  const names = ["00000000000000000000.log.deleted", "a.cleaned", "a.swap", "a.tmp", "a.log.0.corrupt"];
  for (const name of names) disk.write(`${PARTITION}/${name}`, new Uint8Array(3));
  const { problems, notes } = checkDataDirectory(disk, DATA);
  deepEqual(problems, []);
  deepEqual(notes.map(({ path }) => path), names.map((name) => `${PARTITION}/${name}`).sort());
});

Deno.test("checkDataDirectory allows what compaction leaves: gaps, batches of no records", () => {
  const disk = new MemoryDisk();
  {
    const fixture = openTestStore(disk);
    fixture.store.createTopic("t", 1, new Map([["cleanup.policy", '"compact"']]));
    fixture.store.closeCleanly();
  }
  const gone = batchOf(0, CompressionType.none).bytes.slice(0, 61);
  const view = new DataView(gone.buffer);
  view.setInt32(8, 61 - 12);
  view.setInt32(12, 0);
  view.setInt32(57, 0);
  view.setUint32(17, new RecordBatch(gone).computeCrc());
  const kept = batchOf(1, CompressionType.none);
  kept.setBaseOffset(10);
  kept.setLeaderEpoch(0);
  disk.write(`${PARTITION}/00000000000000000000.log`, new Uint8Array([...gone, ...kept.bytes]));
  const entry = new Uint8Array(12);
  new DataView(entry.buffer).setBigInt64(0, BigInt(kept.maxTimestamp));
  new DataView(entry.buffer).setInt32(8, 12);
  disk.write(`${PARTITION}/00000000000000000000.timeindex`, entry);
  disk.write(`${DATA}/recovery-point-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 13\n"));
  disk.write(`${DATA}/cleaner-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 13\n"));
  const { problems, notes, recordCount } = checkDataDirectory(disk, DATA);
  deepEqual([problems, notes, recordCount], [[], [], 3]);
  disk.write(`${DATA}/cleaner-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 14\n"));
  match(checkDataDirectory(disk, DATA).problems[0]!.message, /^it says 14 for t-0, which ends at 13$/);
});

Deno.test("checkDataDirectory takes what a killed Kafka leaves for notes: empty checkpoints, zeros in indexes", () => {
  const disk = sampleDirectory({ isClosed: false });
  disk.removeFile(`${DATA}/milena.topics.jsonl`);
  const empty = new Uint8Array(0);
  disk.write(`${DATA}/cleaner-offset-checkpoint`, empty);
  disk.write(`${DATA}/log-start-offset-checkpoint`, empty);
  const metadata = `${DATA}/__cluster_metadata-0`;
  disk.makeDirectory(metadata);
  for (const directory of [metadata, `${DATA}/empty-0`]) {
    disk.write(`${directory}/00000000000000000000.log`, empty);
    disk.write(`${directory}/00000000000000000000.index`, new Uint8Array(8000));
    disk.write(`${directory}/00000000000000000000.timeindex`, new Uint8Array(12_000));
  }
  const { problems, notes } = checkDataDirectory(disk, DATA);
  deepEqual(problems, []);
  const zeros = notes.filter(({ path }) => path.includes("index") && !path.startsWith(PARTITION));
  deepEqual(zeros.map(({ message }) => /^its last \d+ bytes are zeros/.exec(message)?.[0]), [
    "its last 8000 bytes are zeros",
    "its last 12000 bytes are zeros",
    "its last 8000 bytes are zeros",
    "its last 12000 bytes are zeros",
  ]);
});

Deno.test("checkDataDirectory holds the index of aborted transactions against their markers", () => {
  const disk = new MemoryDisk();
  {
    const fixture = openTestStore(disk);
    fixture.store.createTopic("t", 1, new Map());
    fixture.store.closeCleanly();
  }
  const data = new RecordBatch(encodeBatch([{ timestamp: 5 }], {
    producerId: 7,
    producerEpoch: 0,
    baseSequence: 0,
    isTransactional: true,
    leaderEpoch: 0,
  }));
  const marker = new RecordBatch(
    encodeBatch([controlRecord("abort", { coordinatorEpoch: 0, timestamp: 6 })], {
      baseOffset: 1,
      producerId: 7,
      producerEpoch: 0,
      isTransactional: true,
      isControl: true,
      leaderEpoch: 0,
    }),
  );
  disk.write(`${PARTITION}/00000000000000000000.log`, new Uint8Array([...data.bytes, ...marker.bytes]));
  const time = new Uint8Array(12);
  new DataView(time.buffer).setBigInt64(0, 6n);
  new DataView(time.buffer).setInt32(8, 1);
  disk.write(`${PARTITION}/00000000000000000000.timeindex`, time);
  disk.write(`${DATA}/recovery-point-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 2\n"));
  const check = (...fields: [producerId: bigint, first: bigint, last: bigint, stable: bigint]) => {
    const bytes = new Uint8Array(34);
    fields.forEach((value, index) => new DataView(bytes.buffer).setBigInt64(2 + index * 8, value));
    disk.write(`${PARTITION}/00000000000000000000.txnindex`, bytes);
    return checkDataDirectory(disk, DATA).problems.map(({ message }) => message);
  };
  deepEqual(check(7n, 0n, 1n, 2n), []);
  match(check(8n, 0n, 1n, 2n)[0]!, /producer 8 from 0 to 1 .* the log says the transaction of producer 7/);
  match(check(7n, 0n, 0n, 1n)[0]!, /from 0 to 0 .* the log does not know it/);
  match(check(7n, 0n, 2n, 3n)[0]!, /from 0 to 2 .* does not end between -1 and 2/);
  match(check(7n, 0n, 1n, 3n)[0]!, /stable up to 3\) was aborted; the log says/);
});

Deno.test("checkDataDirectory holds batches' leader epochs against the checkpoint", () => {
  const disk = sampleDirectory();
  const epochs = formatEpochCheckpoint([{ epoch: 0, startOffset: 0 }, { epoch: 1, startOffset: 100 }]);
  disk.write(`${PARTITION}/leader-epoch-checkpoint`, new TextEncoder().encode(epochs));
  const [problem] = checkDataDirectory(disk, DATA).problems;
  match(problem!.message, /^a batch has leader epoch 0; the leader-epoch-checkpoint says 1$/);
  equal(problem!.offset, 102);
});

Deno.test("checkDataDirectory wants leader epochs from the log's start on, and does not care for what was deleted", () => {
  const disk = sampleDirectory();
  const path = `${PARTITION}/leader-epoch-checkpoint`;
  disk.write(path, new TextEncoder().encode(formatEpochCheckpoint([{ epoch: 0, startOffset: 4 }])));
  const { problems } = checkDataDirectory(disk, DATA);
  deepEqual(problems.map(({ offset }) => offset), [0, 3]);
  match(problems[0]!.message, /^a batch has leader epoch 0; .* says nothing of offsets before 4$/);
  disk.write(`${DATA}/log-start-offset-checkpoint`, new TextEncoder().encode("0\n1\nt 0 4\n"));
  deepEqual(checkDataDirectory(disk, DATA).problems, []);
  disk.write(path, new TextEncoder().encode(formatEpochCheckpoint([])));
  match(checkDataDirectory(disk, DATA).problems[0]!.message, /epoch 0; .* says nothing$/);
});

Deno.test("inspectDataDirectory tells how far it is, and what the disk refuses is a finding", () => {
  const disk = sampleDirectory();
  const progress: [number, number][] = [];
  const { logBytes } = inspectDataDirectory(disk, DATA, {
    onFinding: () => {},
    onProgress: (done, total) => progress.push([done, total]),
  });
  deepEqual(progress.at(-1), [logBytes, logBytes]);
  ok(progress.every(([done], index) => index === 0 || done > progress[index - 1]![0]));
  disk.onCall = (call, path) => {
    if (call === "readAt" && path.endsWith(".log")) throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  const { problems } = checkDataDirectory(disk, DATA);
  ok(problems.some(({ path, message }) => path.endsWith(".log") && message === "it can't be read: EIO"));
});

Deno.test("inspectDataDirectory changes nothing and opens nothing for writing", () => {
  const disk = sampleDirectory({ isClosed: false });
  const before = new Map(filesOf(disk).map((path) => [path, disk.read(path).join()]));
  const calls = new Set<string>();
  disk.onCall = (call) => calls.add(call);
  checkDataDirectory(disk, DATA);
  deepEqual(new Map(filesOf(disk).map((path) => [path, disk.read(path).join()])), before);
  deepEqual(
    [...calls].filter((call) => /write|truncate|sync|remove|rename|make|lock|allocate/.test(call)),
    [],
  );
  ok(calls.has("readAt"));
  deepEqual(disk.openPaths, []);
});
