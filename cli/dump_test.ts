/** `milena dump` over files made by hand: every line of it, as text and as JSON. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import "../ffi/test_support.ts";
import { CompressionType } from "../protocol/compression.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { controlRecord, encodeBatch } from "../protocol/records.ts";
import { encodeProducerSnapshot } from "../storage/producer_snapshot.ts";
import { milena } from "./testing/milena.ts";

const NAME = "00000000000000000100";
const TIME = 1_700_000_000_000;
const text = (words: string) => new TextEncoder().encode(words);

/** A batch of each codec, of an idempotent producer, and the abort of a transaction. */
function sampleBatches(): Uint8Array[] {
  const codecs = Object.values(CompressionType).map((compression, index) =>
    encodeBatch([
      {
        timestamp: TIME + index,
        key: text(`key ${index}`),
        value: text("a\tb"),
        headers: [{ key: "h", value: null }],
      },
      { timestamp: -1, key: new Uint8Array([0, 255]), value: null },
    ], {
      compression,
      baseOffset: 100 + index * 2,
      leaderEpoch: 3,
      producerId: 9,
      producerEpoch: 1,
      baseSequence: index * 2,
    })
  );
  const abort = encodeBatch([controlRecord("abort", { coordinatorEpoch: 4, timestamp: TIME })], {
    baseOffset: 110,
    leaderEpoch: 3,
    producerId: 9,
    producerEpoch: 1,
    isControl: true,
    isTransactional: true,
  });
  return [...codecs, abort];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Files in a temporary directory, the working directory for the time being. */
function withFiles(files: Record<string, Uint8Array>): Disposable {
  const directory = Deno.makeTempDirSync({ prefix: "milena-dump-" });
  const before = Deno.cwd();
  for (const [name, bytes] of Object.entries(files)) {
    const path = `${directory}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, bytes);
  }
  Deno.chdir(directory);
  return {
    [Symbol.dispose]() {
      Deno.chdir(before);
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

/** Lines without the padding of columns, which a golden text need not show. */
function squeezed(out: string): string[] {
  return out.split("\n").map((line) => line.replaceAll(/ {2,}/g, " "));
}

Deno.test("milena dump shows the batches of a log, a line each", async () => {
  const batches = sampleBatches();
  using _files = withFiles({ [`${NAME}.log`]: joined(batches) });
  const { code, out, err } = await milena(["dump", `${NAME}.log`]);
  deepEqual([code, err], [0, ""]);
  const sizes = batches.map(({ length }) => length);
  const at = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  const line = (index: number, codec: string) =>
    `batch baseOffset=${100 + index * 2} lastOffset=${101 + index * 2} position=${at[index]} size=${
      sizes[index]
    } ` +
    `count=2 codec=${codec} crc=ok leaderEpoch=3 maxTimestamp=2023-11-14T22:13:20.00${index}Z ` +
    `producerId=9 producerEpoch=1 baseSequence=${index * 2} lastSequence=${index * 2 + 1}`;
  deepEqual(squeezed(out), [
    `file ${NAME}.log`,
    ...["none", "gzip", "snappy", "lz4", "zstd"].map((codec, index) => line(index, codec)),
    `batch baseOffset=110 lastOffset=110 position=${at[5]} size=${
      sizes[5]
    } count=1 codec=none crc=ok leaderEpoch=3 ` +
    "maxTimestamp=2023-11-14T22:13:20.000Z producerId=9 producerEpoch=1 isTransactional=true isControl=true",
  ]);
  const columns = out.split("\n").slice(1).map((line) => line.indexOf("crc="));
  equal(new Set(columns).size, 1, "columns stand below each other");
});

Deno.test("milena dump --records shows each record: text as text, other bytes in hexadecimal, markers by name", async () => {
  using _files = withFiles({ [`${NAME}.log`]: joined(sampleBatches()) });
  const { code, out } = await milena(["dump", "--records", `${NAME}.log`]);
  equal(code, 0);
  const records = squeezed(out).filter((line) => line.startsWith("record "));
  equal(records.length, 11);
  deepEqual(records.slice(6), [
    'record offset=106 timestamp=2023-11-14T22:13:20.003Z key="key 3" value="a\\tb" headers={"h": null}',
    "record offset=107 timestamp=-1 key=0x00ff value=null",
    'record offset=108 timestamp=2023-11-14T22:13:20.004Z key="key 4" value="a\\tb" headers={"h": null}',
    "record offset=109 timestamp=-1 key=0x00ff value=null",
    "record offset=110 timestamp=2023-11-14T22:13:20.000Z control=abort coordinatorEpoch=4 " +
    "key=0x00000000 value=0x000000000004",
  ]);
});

Deno.test("milena dump --json has the same fields, numbers as numbers", async () => {
  const batches = sampleBatches();
  using _files = withFiles({ [`${NAME}.log`]: joined(batches) });
  const { code, out } = await milena([
    "dump",
    "--json",
    "--records",
    "--from",
    "102",
    "--limit",
    "2",
    `${NAME}.log`,
  ]);
  equal(code, 0);
  const crc = new RecordBatch(batches[1]!).crc;
  deepEqual(out.split("\n").map((line) => JSON.parse(line)), [
    {
      type: "batch",
      file: `${NAME}.log`,
      baseOffset: 102,
      lastOffset: 103,
      position: batches[0]!.length,
      size: batches[1]!.length,
      count: 2,
      codec: "gzip",
      crc,
      isValid: true,
      leaderEpoch: 3,
      maxTimestamp: TIME + 1,
      baseTimestamp: TIME + 1,
      timestampType: "CreateTime",
      producerId: 9,
      producerEpoch: 1,
      baseSequence: 2,
      lastSequence: 3,
      isTransactional: false,
      isControl: false,
      magic: 2,
    },
    {
      type: "record",
      file: `${NAME}.log`,
      offset: 102,
      timestamp: TIME + 1,
      key: "key 1",
      value: "a\tb",
      headers: [{ key: "h", value: null }],
    },
    {
      type: "record",
      file: `${NAME}.log`,
      offset: 103,
      timestamp: -1,
      key: "AP8=",
      keyEncoding: "base64",
      value: null,
    },
  ]);
});

Deno.test("milena dump --json keeps all digits of numbers that JavaScript's can't hold", async () => {
  const batch = sampleBatches()[0]!;
  new DataView(batch.buffer).setBigInt64(43, 2n ** 63n - 1n);
  new DataView(batch.buffer).setUint32(17, new RecordBatch(batch).computeCrc());
  using _files = withFiles({ [`${NAME}.log`]: batch });
  const { out } = await milena(["dump", "--json", `${NAME}.log`]);
  ok(out.includes('"producerId":9223372036854775807,'), out);
});

Deno.test("milena dump says what is wrong with a batch, goes on behind it and exits with 1", async () => {
  const batches = sampleBatches();
  batches[1]![70]! ^= 1;
  using _files = withFiles({ [`${NAME}.log`]: joined(batches) });
  const { code, out } = await milena(["dump", `${NAME}.log`]);
  equal(code, 1);
  const lines = squeezed(out);
  const [position, end] = [batches[0]!.length, batches[0]!.length + batches[1]!.length];
  equal(lines.filter((line) => line.startsWith("batch ")).length, 5);
  match(
    lines[2]!,
    new RegExp(`^bad position=${position} offset=102 problem="the batch carries the checksum 0x`),
  );
  match(
    lines[3]!,
    new RegExp(`^as baseOffset=102 lastOffset=103 position=${position} .* codec=gzip crc=BAD `),
  );
  equal(
    lines[4],
    `skipped position=${position} end=${end} size=${end - position} behind="a good batch follows"`,
  );
  const json = (await milena(["dump", "--json", `${NAME}.log`])).out.split("\n").map((line) =>
    JSON.parse(line)
  );
  const as = json.find(({ type }) => type === "as");
  equal(as.isValid, false);
  equal(as.computedCrc, new RecordBatch(batches[1]!).computeCrc());
});

Deno.test("milena dump says so where records can't be read though the checksum is right", async () => {
  const batch = sampleBatches()[3]!;
  batch[61]! ^= 0xff;
  new DataView(batch.buffer).setUint32(17, new RecordBatch(batch).computeCrc());
  using _files = withFiles({ [`${NAME}.log`]: batch });
  equal((await milena(["dump", `${NAME}.log`])).code, 0);
  const { code, out } = await milena(["dump", "--records", `${NAME}.log`]);
  equal(code, 1);
  match(out, /^bad +position=0 offset=106 problem="damaged lz4 data: /m);
});

Deno.test("milena dump of a partition's directory shows its segments in order", async () => {
  const batches = sampleBatches();
  using _files = withFiles({
    [`t-0/${NAME}.log`]: joined(batches.slice(0, 3)),
    [`t-0/${NAME}.index`]: new Uint8Array(),
    "t-0/00000000000000000106.log": joined(batches.slice(3)),
    "meta.properties": text("version=1\nnode.id=1\ncluster.id=c\n"),
  });
  const { code, out } = await milena(["dump", "--limit", "5", "t-0"]);
  equal(code, 0);
  const lines = squeezed(out).map((line) => line.split(" position")[0]);
  deepEqual(lines, [
    `file t-0/${NAME}.log`,
    "batch baseOffset=100 lastOffset=101",
    "batch baseOffset=102 lastOffset=103",
    "batch baseOffset=104 lastOffset=105",
    "file t-0/00000000000000000106.log",
    "batch baseOffset=106 lastOffset=107",
    "batch baseOffset=108 lastOffset=109",
  ]);
  const refused = await milena(["dump", "."]);
  equal(refused.code, 2);
  match(
    refused.err,
    /^milena: \.: there is no segment in this directory; name a partition's, such as \.\/TOPIC-0\n/,
  );
});

Deno.test("milena dump shows the entries of indexes and snapshots", async () => {
  const index = new Uint8Array(24);
  new DataView(index.buffer).setInt32(0, 7);
  new DataView(index.buffer).setInt32(4, 5000);
  const time = new Uint8Array(13);
  new DataView(time.buffer).setBigInt64(0, BigInt(TIME));
  new DataView(time.buffer).setInt32(8, 7);
  const transactions = new Uint8Array(34);
  [9n, 100n, 110n, 111n].forEach((value, at) =>
    new DataView(transactions.buffer).setBigInt64(2 + at * 8, value)
  );
  const snapshot = encodeProducerSnapshot([{
    producerId: 9,
    epoch: 1,
    lastSequence: 4,
    lastOffset: 104,
    offsetDelta: 4,
    timestamp: TIME,
    coordinatorEpoch: -1,
    currentTransactionFirstOffset: 100,
  }]);
  using _files = withFiles({
    [`${NAME}.index`]: index,
    [`${NAME}.timeindex`]: time,
    [`${NAME}.txnindex`]: transactions,
    [`${NAME}.snapshot`]: snapshot,
  });
  const names = ["index", "timeindex", "txnindex", "snapshot"].map((kind) => `${NAME}.${kind}`);
  const { code, out } = await milena(["dump", ...names]);
  equal(code, 1, "of the time index a byte is too many");
  deepEqual(squeezed(out), [
    `file ${NAME}.index`,
    "entry offset=107 position=5000",
    "zeros position=8 size=16",
    `file ${NAME}.timeindex`,
    "entry timestamp=2023-11-14T22:13:20.000Z offset=107",
    'bad position=12 problem="1 bytes are left, and an entry has 12"',
    `file ${NAME}.txnindex`,
    "entry version=0 producerId=9 firstOffset=100 lastOffset=110 lastStableOffset=111",
    `file ${NAME}.snapshot`,
    "entry producerId=9 producerEpoch=1 lastSequence=4 lastOffset=104 offsetDelta=4 " +
    "lastTimestamp=2023-11-14T22:13:20.000Z currentTransactionFirstOffset=100",
  ]);
});

Deno.test("milena dump reads checkpoints, ids and the catalog", async () => {
  const id = "AAAAAAAAAAAAAAAAAAAAAQ";
  using _files = withFiles({
    "recovery-point-offset-checkpoint": text("0\n2\na.b 0 17\nc-d 1 9007199254740991\n"),
    "cleaner-offset-checkpoint": text("0\n2\na 0 17\n"),
    "leader-epoch-checkpoint": text("0\n1\n3 100\n"),
    "partition.metadata": text(`version: 0\ntopic_id: ${id}`),
    "meta.properties": text("version=1\nnode.id=1\ncluster.id=c\n"),
    "milena.producer-ids": text("version: 0\nnext_producer_id: 5\n"),
    "milena.topics.jsonl": text(
      `{"milena":"topics","version":1}\n{"topic":"a","id":"${id}","partitions":2,"configs":{"x":"1"}}\n` +
        `{"resource":"broker","name":"1","configs":{"y":"2"}}\n`,
    ),
  });
  const { code, out } = await milena([
    "dump",
    ...["recovery-point-offset-checkpoint", "cleaner-offset-checkpoint", "leader-epoch-checkpoint"],
    ...["partition.metadata", "meta.properties", "milena.producer-ids", "milena.topics.jsonl"],
  ]);
  equal(code, 1);
  deepEqual(squeezed(out).filter((line) => !line.startsWith("file ")), [
    "entry topic=a.b partition=0 offset=17",
    "entry topic=c-d partition=1 offset=9007199254740991",
    'bad problem="it says 2 entries and has 1"',
    "entry epoch=3 startOffset=100",
    `entry topicId=${id}`,
    "entry nodeId=1 clusterId=c directoryId=null",
    "entry nextProducerId=5",
    `topic topic=a id=${id} partitions=2 configs={"x":"1"}`,
    'resource kind=broker name=1 configs={"y":"2"}',
  ]);
});

Deno.test("milena dump says what it does not understand, as a misuse", async () => {
  using _files = withFiles({ "precious.txt": text("x") });
  for (
    const [args, said] of [
      [[], "dump wants a file"],
      [["none.log"], "none.log: there is no such file"],
      [["precious.txt"], "precious.txt: its name tells no kind of file that dump knows"],
      [["--limit", "x", "precious.txt"], '--limit is "x", but must be a number'],
    ] as const
  ) {
    const { code, out, err } = await milena(["dump", ...args]);
    deepEqual([code, out], [2, ""]);
    ok(err.startsWith(`milena: ${said}`), err);
  }
});

Deno.test("milena dump ends quietly when nobody reads on", async () => {
  using _files = withFiles({ [`${NAME}.log`]: joined(sampleBatches()) });
  const write = () => {
    throw new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  };
  deepEqual(await milena(["dump", `${NAME}.log`], { write }), { code: 0, out: "", err: "" });
});
