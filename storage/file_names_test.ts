import assert from "node:assert/strict";
import {
  formatCorruptFile,
  formatDeleteDirectory,
  formatPartitionDirectory,
  formatSegmentFile,
  formatSegmentFileInState,
  isTopicName,
  parentOf,
  parsePartitionDirectory,
  parseSegmentFile,
  parseSegmentFileInState,
} from "./file_names.ts";

Deno.test("formatSegmentFile writes Kafka's names, which parseSegmentFile reads back", () => {
  assert.equal(formatSegmentFile(0, "log"), "00000000000000000000.log");
  assert.equal(formatSegmentFile(42, "timeindex"), "00000000000000000042.timeindex");
  for (const kind of ["log", "index", "timeindex", "txnindex", "snapshot"] as const) {
    for (const offset of [0, 1, 99999, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual(parseSegmentFile(formatSegmentFile(offset, kind)), { offset, kind });
    }
  }
});

Deno.test("parseSegmentFile takes nothing else for a file of a segment", () => {
  const others = [
    "0.log",
    "00000000000000000000.log.deleted",
    "00000000000000000000.log.swap",
    "00000000000000000000.txt",
    "0000000000000000000a.log",
    "99999999999999999999.log",
    "partition.metadata",
    formatCorruptFile(0, 17, 0),
    formatCorruptFile(0, 17, 1),
  ];
  for (const name of others) assert.equal(parseSegmentFile(name), undefined, name);
});

Deno.test("formatSegmentFileInState writes Kafka's names, which parseSegmentFileInState reads back", () => {
  assert.equal(formatSegmentFileInState(42, "txnindex", "swap"), "00000000000000000042.txnindex.swap");
  for (const state of ["cleaned", "swap", "deleted"] as const) {
    for (const kind of ["log", "index", "timeindex", "txnindex", "snapshot"] as const) {
      const name = formatSegmentFileInState(2 ** 40, kind, state);
      assert.deepEqual(parseSegmentFileInState(name), { offset: 2 ** 40, kind, state });
      assert.equal(parseSegmentFile(name), undefined);
    }
  }
  const others = [
    formatSegmentFile(0, "log"),
    "0.log.swap",
    formatCorruptFile(0, 17, 0),
    "milena.swap",
    "00000000000000000000.log.swap.deleted",
    "00000000000000000000.log.swapped",
    ".cleaned",
  ];
  for (const name of others) assert.equal(parseSegmentFileInState(name), undefined, name);
});

Deno.test("parsePartitionDirectory reads back what formatPartitionDirectory and formatDeleteDirectory write", () => {
  const id = "0123456789abcdef0123456789abcdef";
  for (const topic of ["a", "a-b", "a-1", "a.b_c-0", "__consumer_offsets", "x".repeat(249)]) {
    for (const partition of [0, 7, 12345]) {
      const name = formatPartitionDirectory(topic, partition);
      assert.deepEqual(parsePartitionDirectory(name), { topic, partition, state: "live" }, name);
      const deleted = formatDeleteDirectory(topic, partition, id);
      assert.ok(deleted.length <= 255, deleted);
      assert.ok(deleted.endsWith(`-${partition}.${id}-delete`), deleted);
      const parsed = parsePartitionDirectory(deleted);
      assert.deepEqual(parsed, {
        topic: topic.slice(0, 255 - 41 - `${partition}`.length),
        partition,
        state: "delete",
      });
    }
  }
});

Deno.test("parsePartitionDirectory tells directories that are not in use, and what is no partition", () => {
  const id = "0123456789abcdef0123456789abcdef";
  assert.equal(parsePartitionDirectory(`t-0.${id}-future`)?.state, "future");
  assert.equal(parsePartitionDirectory(`t-0.${id}-stray`)?.state, "stray");
  for (const name of ["photos", "t-", "-0", "t-01", "t-0x", "t-99999999999", "t 1-0", ".-0", "t-0-delete"]) {
    assert.equal(parsePartitionDirectory(name), undefined, name);
  }
});

Deno.test("isTopicName accepts Kafka's names, none of which leaves the data directory", () => {
  for (const name of ["a", "A.b-c_9", "x".repeat(249), "..."]) assert.ok(isTopicName(name), name);
  for (const name of ["", ".", "..", "a/b", "a b", "ä", "x".repeat(250), "a\n"]) {
    assert.ok(!isTopicName(name), name);
  }
});

Deno.test("parentOf goes up to the root or the working directory and stays there", () => {
  const parents = {
    "/a/b": "/a",
    "/a/b/": "/a",
    "/a": "/",
    "/": "/",
    "a/b": "a",
    a: ".",
    "./a": ".",
    ".": ".",
  };
  for (const [path, parent] of Object.entries(parents)) assert.equal(parentOf(path), parent, path);
});
