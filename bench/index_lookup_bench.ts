/**
 * Looking an offset up in the index of a full segment: 1 GiB of batches of 4 KiB, an entry each. Our mapping against the
 * same search by pread, and against a typed array in memory, which is the floor. An iteration is one lookup, so that "iter/s"
 * is lookups a second.
 * @module
 */
import { createHash } from "node:crypto";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { OffsetIndex } from "../storage/offset_index.ts";
import { TimeIndex } from "../storage/time_index.ts";

const ENTRY_COUNT = 256 * 1024;
const LOOKUPS = 1000;
const OFFSETS_PER_ENTRY = 40;
const BATCH_BYTES = 4096;
const FIRST_TIMESTAMP = 1_700_000_000_000;

type Lookup = (offset: number) => number;

interface Ways extends Disposable {
  readonly mapped: Lookup;
  readonly pread: Lookup;
  readonly typedArray: Lookup;
  readonly byTime: Lookup;
}

function openWays(directory: string, entryCount: number): Ways {
  const disk = openNativeDisk();
  const index = new OffsetIndex(disk, `${directory}/0.index`, 0, entryCount * 8);
  const timeIndex = new TimeIndex(disk, `${directory}/0.timeindex`, 0, (entryCount + 1) * 12);
  const inMemory = new Int32Array(entryCount * 2);
  for (let entry = 0; entry < entryCount; entry++) {
    const offset = (entry + 1) * OFFSETS_PER_ENTRY;
    const position = (entry + 1) * BATCH_BYTES;
    index.append(offset, position);
    timeIndex.maybeAppend(FIRST_TIMESTAMP + offset, offset);
    inMemory.set([offset, position], entry * 2);
  }
  // As those of a segment that is full: all entries in the file.
  index.writeOut();
  timeIndex.writeOut();
  const file = disk.open(`${directory}/0.index`);
  const entry = new Uint8Array(8);
  const view = new DataView(entry.buffer);
  return {
    mapped: (offset) => index.lookup(offset),
    pread: (offset) =>
      search(entryCount, offset, (at, field) => {
        file.readAt(entry, at * 8);
        return view.getInt32(field * 4);
      }),
    typedArray: (offset) => search(entryCount, offset, (at, field) => inMemory[at * 2 + field]!),
    byTime: (offset) => timeIndex.lookup(FIRST_TIMESTAMP + offset) / OFFSETS_PER_ENTRY * BATCH_BYTES,
    [Symbol.dispose]: () => {
      index.close();
      timeIndex.close();
      file.close();
    },
  };
}

function search(entryCount: number, offset: number, read: (entry: number, field: 0 | 1) => number): number {
  let low = 0;
  let high = entryCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (read(middle, 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : read(low - 1, 1);
}

/** Scattered over the segment, the same each time. */
function targets(entryCount: number): number[] {
  return Array.from(
    { length: LOOKUPS },
    (_, at) => at * 7919 % entryCount * OFFSETS_PER_ENTRY + at % OFFSETS_PER_ENTRY,
  );
}

const names = ["mapped", "pread", "typedArray", "byTime"] as const;

let next = 0;
const offsets = targets(ENTRY_COUNT);

for (const name of names) {
  Deno.bench({
    name: `a lookup, ${name}`,
    group: `index of ${ENTRY_COUNT} entries`,
    baseline: name === "mapped",
    fn: () => {
      directoryOf(ENTRY_COUNT)[name](offsets[next++ % LOOKUPS]!);
    },
  });
}

let shared: Ways | undefined;

/** One index for all iterations: it takes longer to make than to search. */
function directoryOf(entryCount: number): Ways {
  return shared ??= openWays(temporaryDirectory(), entryCount);
}

/** Removed at once: what is open stays. */
function temporaryDirectory(): string {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  return directory;
}

/** A small index; the digest of what is found, which must be the same in every way. */
export function smoke(): string {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  try {
    using ways = openWays(directory, 500);
    const digests = names.map((name) => {
      const found = targets(500).map((offset) => ways[name](offset));
      return createHash("sha256").update(found.join()).digest("hex");
    });
    if (new Set(digests).size !== 1) throw new Error(`The ways differ: ${digests.join(" ")}`);
    return digests[0] ?? "";
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
