import assert from "node:assert/strict";
import { formatMetaProperties, parseMetaProperties } from "./meta_properties.ts";
import { formatPartitionMetadata, parsePartitionMetadata } from "./partition_metadata.ts";

Deno.test("formatMetaProperties writes what parseMetaProperties reads back", () => {
  const meta = { nodeId: 7, clusterId: "VPwMKYnFQ2q3B0yW8WbTtA", directoryId: "x-_6Zm4nS0u2Vd1k3lqYxw" };
  assert.equal(
    formatMetaProperties(meta),
    "#\nversion=1\nnode.id=7\ncluster.id=VPwMKYnFQ2q3B0yW8WbTtA\ndirectory.id=x-_6Zm4nS0u2Vd1k3lqYxw\n",
  );
  assert.deepEqual(parseMetaProperties(formatMetaProperties(meta)), meta);
});

Deno.test("parseMetaProperties reads Kafka's, in any order, with a date, and the older version 0", () => {
  assert.deepEqual(
    parseMetaProperties("#\n#Wed Nov 19 10:00:00 UTC 2025\nnode.id=1\ncluster.id=abc\nversion=1\n"),
    { nodeId: 1, clusterId: "abc", directoryId: undefined },
  );
  assert.deepEqual(
    parseMetaProperties("broker.id=3\r\nversion=0\r\ncluster.id=abc\r\n"),
    { nodeId: 3, clusterId: "abc", directoryId: undefined },
  );
});

Deno.test("parseMetaProperties says what is missing", () => {
  for (
    const text of [
      "",
      "version=1\n",
      "version=9\nnode.id=1\ncluster.id=a\n",
      "version=1\nnode.id=x\ncluster.id=a\n",
    ]
  ) {
    assert.equal(typeof parseMetaProperties(text), "string", JSON.stringify(text));
  }
});

Deno.test("formatPartitionMetadata writes Kafka's text, which parsePartitionMetadata reads back", () => {
  const id = "VPwMKYnFQ2q3B0yW8WbTtA";
  assert.equal(formatPartitionMetadata(id), "version: 0\ntopic_id: VPwMKYnFQ2q3B0yW8WbTtA");
  assert.equal(parsePartitionMetadata(formatPartitionMetadata(id)), id);
  assert.equal(parsePartitionMetadata(`${formatPartitionMetadata(id)}\n`), id);
  for (const text of ["", "\0\0\0", "version: 1\ntopic_id: x\n", "version: 0\ntopic_id: short\n"]) {
    assert.equal(parsePartitionMetadata(text), undefined, JSON.stringify(text));
  }
});
