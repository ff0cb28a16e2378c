import { deepEqual, equal, ok } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { ByteOutput } from "../byte_output.ts";
import { STOPPED } from "../interrupt.ts";
import { Reading, type Source } from "./reading.ts";
import type { ShownRecord } from "./record_format.ts";
import { Stretches } from "./stretches.ts";
import { WrittenOffsets } from "./written_offsets.ts";

interface Log {
  readonly topic: string;
  readonly partition: number;
  /** With gaps. */
  readonly offsets: readonly number[];
  readonly end: number;
}

/** A consumer over lists of offsets, which passes over gaps as the real one does: when it is asked. */
class ListSource implements Source {
  readonly isStable = true;
  readonly commits: string[] = [];
  readonly #random: SeededRandom;
  readonly #logs: readonly Log[];
  readonly #positions: number[];
  readonly #paused = new Set<number>();
  polls = 0;

  constructor(logs: readonly Log[], positions: readonly number[], random: SeededRandom) {
    this.#logs = logs;
    this.#positions = [...positions];
    this.#random = random;
  }

  get assignment(): readonly Log[] {
    return this.#logs;
  }

  position(one: { readonly partition: number }): number {
    return this.#positions[this.#logs.findIndex(({ partition }) => partition === one.partition)]!;
  }

  pause(partitions: readonly { readonly partition: number }[]): void {
    for (const { partition } of partitions) this.#paused.add(partition);
  }

  poll({ maxRecords = Infinity }: { readonly maxRecords?: number }): Promise<ShownRecord[]> {
    ok(++this.polls < 10_000, "it goes round in circles");
    const records: ShownRecord[] = [];
    const most = Math.min(maxRecords, this.#random.below(8));
    for (const [i, { topic, partition, offsets, end }] of this.#logs.entries()) {
      if (this.#paused.has(partition)) continue;
      for (const offset of offsets.filter((offset) => offset >= this.#positions[i]!)) {
        if (records.length === most) return Promise.resolve(records);
        records.push({ topic, partition, offset, timestamp: 0, key: null, value: null, headers: [] });
        this.#positions[i] = offset + 1;
      }
      this.#positions[i] = end;
    }
    return Promise.resolve(records);
  }

  commit(offsets: ReturnType<WrittenOffsets["take"]>): Promise<void> {
    for (const { partition, offset } of offsets) this.commits.push(`${partition}:${offset}`);
    return Promise.resolve();
  }
}

interface Run {
  readonly shown: string[];
  readonly source: ListSource;
}

async function read(
  source: ListSource,
  stretches: Stretches,
  options: { readonly maxRecords?: number; readonly isWanted?: (record: ShownRecord) => boolean } = {},
): Promise<Run> {
  let text = "";
  const terminal = {
    writeBytes: (bytes: Uint8Array) => Promise.resolve(void (text += new TextDecoder().decode(bytes))),
  };
  const reading = new Reading({
    consumer: source,
    stretches,
    output: new ByteOutput(terminal),
    format: { write: (writer, { partition, offset }) => writer.text(`${partition}:${offset}\n`) },
    isWanted: options.isWanted,
    written: new WrittenOffsets(),
    maxRecords: options.maxRecords ?? Infinity,
    interrupt: { isRequested: false, signal: new AbortController().signal, orStop: (work) => work },
  });
  await reading.run();
  return { shown: text.split("\n").slice(0, -1), source };
}

/** Those of one partition, in their order. */
function ofPartition(shown: readonly string[], partition: number): number[] {
  return shown.filter((one) => one.startsWith(`${partition}:`)).map((one) => Number(one.split(":")[1]));
}

Deno.test("Reading shows each record of its stretches once, in order, and ends where they end", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 500; round++) {
    const logs: Log[] = Array.from({ length: 1 + random.below(4) }, (_, partition) => {
      const end = random.below(30);
      const offsets = Array.from({ length: end }, (_, offset) => offset).filter(() => random.below(4) > 0);
      return { topic: "t", partition, offsets, end };
    });
    const stretches = logs.map(({ topic, partition, end }) => {
      const from = random.below(35);
      return { topic, partition, position: Math.min(from, end), from, to: Math.min(end, random.below(40)) };
    });
    const wanted = logs.map(({ offsets }, i) =>
      offsets.filter((offset) => offset >= stretches[i]!.from && offset < stretches[i]!.to)
    );
    const isWanted = random.below(2) === 0 ? undefined : ({ offset }: ShownRecord) => offset % 3 > 0;
    const matching = wanted.map((offsets) =>
      offsets.filter((offset) => isWanted === undefined || offset % 3 > 0)
    );
    const total = matching.flat().length;
    const maxRecords = random.below(2) === 0 ? Infinity : 1 + random.below(40);
    const of = new Stretches(stretches, true);
    const open = logs.filter(({ partition }) => of.open.some((one) => one.partition === partition));
    const source = new ListSource(open, open.map(({ partition }) => stretches[partition]!.position), random);
    const { shown } = await read(source, of, { maxRecords, ...isWanted === undefined ? {} : { isWanted } });
    const note = `seed ${seed}, round ${round}`;
    equal(shown.length, Math.min(total, maxRecords), note);
    for (const { partition } of logs) {
      const found = ofPartition(shown, partition);
      deepEqual(found, matching[partition]!.slice(0, found.length), note);
      const committed = source.commits.filter((one) => one.startsWith(`${partition}:`)).at(-1)?.split(":")[1];
      const last = maxRecords < Infinity ? found.at(-1) : wanted[partition]!.at(-1);
      if (isWanted === undefined) equal(committed, last === undefined ? undefined : String(last + 1), note);
    }
  }
});

Deno.test("Reading commits nothing of what could not be written", async () => {
  const log = { topic: "t", partition: 0, offsets: [0, 1, 2], end: 3 };
  const source = new ListSource([log], [0], new SeededRandom(7));
  const reading = new Reading({
    consumer: source,
    stretches: new Stretches([{ ...log, position: 0, from: 0, to: 3 }], true),
    output: new ByteOutput({ writeBytes: () => Promise.reject(new Deno.errors.BrokenPipe()) }),
    format: { write: (writer) => writer.text("x") },
    isWanted: undefined,
    written: new WrittenOffsets(),
    maxRecords: Infinity,
    interrupt: { isRequested: false, signal: new AbortController().signal, orStop: (work) => work },
  });
  let error: unknown;
  await reading.run().catch((thrown) => error = thrown);
  ok(error instanceof Deno.errors.BrokenPipe);
  deepEqual(source.commits, []);
});

Deno.test("Reading ends when it is interrupted, also while nobody reads what it writes", async () => {
  const log = { topic: "t", partition: 0, offsets: [0, 1, 2], end: 3 };
  const source = new ListSource([log], [0], new SeededRandom(7));
  const reading = new Reading({
    consumer: source,
    stretches: new Stretches([], false),
    output: new ByteOutput({ writeBytes: () => new Promise(() => {}) }),
    format: { write: (writer) => writer.text("x") },
    isWanted: undefined,
    written: new WrittenOffsets(),
    maxRecords: Infinity,
    interrupt: {
      isRequested: false,
      signal: new AbortController().signal,
      orStop: () => Promise.resolve<typeof STOPPED>(STOPPED),
    },
  });
  await reading.run();
  deepEqual(source.commits, []);
});

Deno.test("Stretches ends at once where there is nothing, and never where no end was asked for", () => {
  const reader = { isStable: true, assignment: [], position: () => undefined };
  equal(new Stretches([], true).areDone(reader), true);
  equal(new Stretches([], false).areDone(reader), false);
  equal(new Stretches([], true).areDone({ ...reader, isStable: false }), false);
  const empty = { topic: "t", partition: 0, position: 5, from: 5, to: 5 };
  deepEqual(new Stretches([empty], true).open, []);
});
