/** `milena verify` as it is typed, over directories that the log engine has made. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import "../ffi/test_support.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { openTestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { milena } from "./testing/milena.ts";

interface Sample extends Disposable {
  readonly directory: string;
}

/** 20 records of one partition in a temporary directory. */
function sampleDirectory({ isClosed = true } = {}): Sample {
  const parent = Deno.makeTempDirSync({ prefix: "milena-verify-" });
  const directory = join(parent, "data");
  {
    using fixture = openTestStore(openNativeDisk(), { directory });
    const [log] = fixture.store.createTopic("t", 1, new Map()).partitions;
    for (let index = 0; index < 10; index++) log!.append(testBatch({ timestamps: [index, index] }));
    fixture.settle();
    if (isClosed) fixture.store.closeCleanly();
    fixture.settle();
  }
  return { directory, [Symbol.dispose]: () => Deno.removeSync(parent, { recursive: true }) };
}

function damageLog(directory: string, position: number): string {
  const path = join(directory, "t-0/00000000000000000000.log");
  const bytes = Deno.readFileSync(path);
  bytes[position]! ^= 1;
  Deno.writeFileSync(path, bytes);
  return path;
}

Deno.test("milena verify says in one paragraph that all is well", async () => {
  using sample = sampleDirectory();
  const { code, out, err } = await milena(["verify", sample.directory]);
  equal(code, 0);
  equal(err, "");
  equal(out.split("\n").length, 1);
  ok(
    out.startsWith(`${sample.directory}: all is well. 1 partition, 1 segment, 10 batches, 20 records and `),
    out,
  );
  match(out, /of log checked in \d+\.\d\d s\. It was closed cleanly\.$/);
});

Deno.test("milena verify gathers files of which it notes the same, and tells problems last", async () => {
  using sample = sampleDirectory();
  Deno.removeSync(join(sample.directory, "t-0/leader-epoch-checkpoint"));
  for (const offset of [1, 2, 3]) Deno.writeTextFileSync(join(sample.directory, `t-0/${offset}.deleted`), "");
  const { code, out } = await milena(["verify", sample.directory]);
  equal(code, 1);
  const lines = out.split("\n");
  match(lines[0]!, /\/t-0\/[123]\.deleted and 2 other files$/);
  deepEqual(lines.slice(1, 5), [
    "  note: it is no part of the log any more and waits for its removal",
    join(sample.directory, "t-0/leader-epoch-checkpoint"),
    "  problem: it is missing",
    "",
  ]);
  match(lines[5]!, /: 1 problem, 3 notes\. /);
});

Deno.test("milena verify tells what is wrong and where, by file, and exits with 1", async () => {
  using sample = sampleDirectory();
  const path = damageLog(sample.directory, 70);
  Deno.removeSync(join(sample.directory, "t-0/leader-epoch-checkpoint"));
  const { code, out } = await milena(["verify", sample.directory]);
  equal(code, 1);
  const lines = out.split("\n");
  equal(lines[0], join(sample.directory, "t-0/leader-epoch-checkpoint"));
  equal(lines[1], "  problem: it is missing");
  equal(lines[2], path);
  match(
    lines[3]!,
    /^ {2}problem: at 0, offset 0: the batch carries the checksum 0x.*; the next good batch begins at /,
  );
  match(out, /: 2 problems\. 1 partition, 1 segment, 9 batches, 18 records/);
});

Deno.test("milena verify --json prints an object a line, with places as numbers", async () => {
  using sample = sampleDirectory({ isClosed: false });
  const path = damageLog(sample.directory, 70);
  const { code, out } = await milena(["verify", "--json", sample.directory]);
  equal(code, 1);
  const lines = out.split("\n").map((line) => JSON.parse(line));
  const [{ message, ...problem }] = lines.filter(({ type }) => type === "problem");
  match(message, /checksum/);
  deepEqual(problem, { type: "problem", path, position: 0, offset: 0 });
  const { seconds, bytes, ...summary } = lines.at(-1);
  equal(typeof seconds + typeof bytes, "numbernumber");
  deepEqual(summary, {
    type: "summary",
    directory: sample.directory,
    problems: 1,
    notes: lines.length - 2,
    closedCleanly: false,
    partitions: 1,
    segments: 1,
    batches: 9,
    records: 18,
  });
});

Deno.test("milena verify says what it can't work on, as a misuse", async () => {
  const empty = Deno.makeTempDirSync();
  try {
    for (
      const [args, said] of [
        [[], "verify wants one data directory"],
        [["a", "b"], "verify wants one data directory"],
        [[join(empty, "none")], `${empty}/none: there is no such directory`],
        [
          [empty],
          `${empty}: it is no data directory of Milena's or Kafka's: it has neither meta.properties nor a partition`,
        ],
        [["/proc/self/status"], "/proc/self/status: it is no directory"],
      ] as const
    ) {
      const { code, out, err } = await milena(["verify", ...args]);
      deepEqual([code, out, err.split("\n")[0]], [2, "", `milena: ${said}`]);
    }
  } finally {
    Deno.removeSync(empty, { recursive: true });
  }
});

Deno.test("milena verify checks a directory that has lost its meta.properties", async () => {
  using sample = sampleDirectory();
  Deno.removeSync(join(sample.directory, "meta.properties"));
  const { code, out } = await milena(["verify", sample.directory]);
  equal(code, 1);
  match(out, /meta\.properties\n {2}problem: it is missing\n/);
});

Deno.test("milena verify warns where a broker holds the lock, and does not take it", async () => {
  using sample = sampleDirectory();
  using _lock = openNativeDisk().lock(join(sample.directory, ".lock"))!;
  const { code, err } = await milena(["verify", sample.directory]);
  equal(code, 0);
  match(err, new RegExp(`is in use by process ${Deno.pid}: what is said of the ends of its logs may be`));
});

Deno.test("milena verify shows how far it is only to those who watch, and clears that line", async () => {
  using sample = sampleDirectory();
  const shown: string[] = [];
  await milena(["verify", sample.directory], { status: (text) => void shown.push(text) });
  deepEqual(shown, [], "what is done at once needs no line");
});
