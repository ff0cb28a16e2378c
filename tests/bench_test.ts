/**
 * Every benchmark, once and small: it must do what it did when it was measured, or its figures mean nothing. What a
 * `smoke` gives is a digest of what the benchmark computes or writes.
 * @module
 */
import assert from "node:assert/strict";
// Opens the C library before the first test, whose leak check would count it.
import "../ffi/test_support.ts";

const pinned: ReadonlyMap<string, string> = new Map([
  ["append_bench.ts", "58f414c587d599b6fa1678097a7459ce669c6e0fe894d81be9c7ed2879bd6bcb"],
  ["assignor_bench.ts", "uniform: 5000 5000, 3334 3333 3333; range: 5000 5000, 3400 3300 3300"],
  ["classic_group_bench.ts", "6 Stable 2, Stable 2; 2350 bytes"],
  ["codec_bench.ts", "8d3c162cbe0f4ad03a51b6400efc1ece331307ee3aa5a3e6ab4df096912f3e6a"],
  [
    "compaction_bench.ts",
    "8f3291f93fe8cdb77fa3adf57efbda23f1fe5a6f1ad226247368a1b4d282f870 320 992 178248",
  ],
  ["compression_bench.ts", "166 1581 5632 31770"],
  ["consumer_bench.ts", "bf612d7c04cd2dc07ef228d8461895c528052389f8e16df6274fe3a491866440"],
  ["crc_bench.ts", "0 b243cfd0 71c6bd4c 969aa91d 5ac4aa4f 331bf2fe"],
  ["fetch_reply_bench.ts", "801a727d0825c12e17b08e18e5bb04af1c960fb632f5d63d3ada2147540e4123"],
  ["ffi_call_bench.ts", "-1 -1 -1 97 -1 -1 1"],
  ["record_batch_bench.ts", "edfa0d71bc3888a6dbf98254abdec40e6bbac8fa92e3f71e84912a000153bec5"],
  ["send_bench.ts", "c12fb0010fbd782b0ffcb958d34a9cd29f9c42692ff2f8361f3379ddd0790932"],
  [
    "index_lookup_bench.ts",
    "462c2e7511ca6849a5b51188b5593d74c2647d98608a6bf8e08752efd15c7c18",
  ],
  [
    "partition_log_bench.ts",
    "c7680d8081daf811a54e8c4cb2eeafcfa175808500d72dfe325f1f68f20df924 20 180",
  ],
]);

interface Bench {
  readonly smoke?: () => string | Promise<string>;
}

const folder = new URL("../bench/", import.meta.url);
const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
  name.endsWith("_bench.ts")
);
/** Loaded here, as what a module opens for good is not a test's leak. */
const benches = await Promise.all(
  names.sort().map(async (
    name,
  ): Promise<[string, Bench]> => [name, await import(new URL(name, folder).href)]),
);

for (const [name, bench] of benches) {
  Deno.test(`${name} does what it did before`, async () => {
    assert.ok(
      bench.smoke,
      `bench/${name} has no smoke(), so nothing tells whether it still does what it measures`,
    );
    const given = await bench.smoke();
    assert.notEqual(given, "");
    // A benchmark that is not pinned yet must at least do the same each time.
    assert.equal(given, pinned.get(name) ?? await bench.smoke());
  });
}

Deno.test("every pinned benchmark is there", () => {
  for (const name of pinned.keys()) {
    assert.ok(names.includes(name), `bench/${name} is gone: take its line out`);
  }
});
