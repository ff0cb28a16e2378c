/**
 * Ways to append to a log file: pwrite and writes into a mapping, with the blocks allocated ahead or not, with the
 * pages faulted in ahead or not. What is done ahead is outside the time, as it is another thread's in the broker.
 *
 * An iteration is a new file of {@link FILE_BYTES}, written once and removed: its pages come back from the iteration
 * before, so that this compares the ways and not how dear fresh memory is on the machine at hand.
 * @module
 */
import { createHash } from "node:crypto";
import { openNativeDisk } from "../ffi/native_disk.ts";
import type { NativeFile } from "../ffi/native_file.ts";

const FILE_BYTES = 16 * 1024 * 1024;
const WRITE_SIZES = [16 * 1024, 256 * 1024];

type Write = (bytes: Uint8Array, position: number) => void;

interface Way {
  readonly name: string;
  /** Prepares `file` for `byteLength` bytes. */
  readonly open: (file: NativeFile, byteLength: number) => Disposable & { readonly write: Write };
}

const ways: readonly Way[] = [
  { name: "pwrite", open: (file) => byPwrite(file) },
  {
    name: "pwrite, allocated ahead",
    open: (file, byteLength) => {
      file.allocate(0, byteLength);
      return byPwrite(file);
    },
  },
  { name: "mapping, allocated ahead", open: (file, byteLength) => byMapping(file, byteLength) },
  {
    name: "mapping, allocated and populated ahead",
    open: (file, byteLength) => {
      const mapping = byMapping(file, byteLength);
      mapping.populate();
      return mapping;
    },
  },
];

for (const writeBytes of WRITE_SIZES) {
  const batch = pattern(writeBytes);
  for (const way of ways) {
    Deno.bench({
      name: `${way.name}, ${writeBytes / 1024} KiB each`,
      group: `${FILE_BYTES / 1024 / 1024} MiB by ${writeBytes / 1024} KiB`,
      fn: (bench) =>
        inNewFile((file) => {
          using out = way.open(file, FILE_BYTES);
          bench.start();
          append(out.write, batch, FILE_BYTES);
          bench.end();
        }),
    });
  }
}

Deno.bench({
  name: "allocate",
  group: `ahead, ${FILE_BYTES / 1024 / 1024} MiB`,
  fn: (bench) =>
    inNewFile((file) => {
      bench.start();
      file.allocate(0, FILE_BYTES);
      bench.end();
    }),
});

Deno.bench({
  name: "populate",
  group: `ahead, ${FILE_BYTES / 1024 / 1024} MiB`,
  fn: (bench) =>
    inNewFile((file) => {
      using mapping = file.mapForWriting(0, FILE_BYTES);
      bench.start();
      mapping.populate(0, FILE_BYTES);
      bench.end();
    }),
});

/** A small file by each way; the digest of what it holds, which must be the same for all. */
export function smoke(): string {
  const digests = ways.map((way) =>
    inNewFile((file) => {
      const byteLength = 64 * 1024;
      {
        using out = way.open(file, byteLength);
        append(out.write, pattern(16 * 1024), byteLength);
      }
      const bytes = new Uint8Array(byteLength + 1);
      const count = file.readAt(bytes, 0);
      return createHash("sha256").update(bytes.subarray(0, count)).digest("hex");
    })
  );
  if (new Set(digests).size !== 1) throw new Error(`The ways differ: ${digests.join(" ")}`);
  return digests[0] ?? "";
}

function byPwrite(file: NativeFile): Disposable & { readonly write: Write } {
  return { write: (bytes, position) => file.writeAt(bytes, position), [Symbol.dispose]: () => {} };
}

function byMapping(
  file: NativeFile,
  byteLength: number,
): Disposable & { readonly write: Write; populate(): boolean } {
  const mapping = file.mapForWriting(0, byteLength);
  return {
    write: (bytes, position) => mapping.write(bytes, position),
    populate: () => mapping.populate(0, byteLength),
    [Symbol.dispose]: () => mapping.close(),
  };
}

function append(write: Write, batch: Uint8Array, byteLength: number): void {
  for (let position = 0; position < byteLength; position += batch.length) write(batch, position);
}

function inNewFile<T>(use: (file: NativeFile) => T): T {
  const directory = Deno.makeTempDirSync();
  try {
    using file = openNativeDisk().open(`${directory}/log`, { create: true });
    return use(file);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function pattern(byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => (index * 31) & 0xff);
}
