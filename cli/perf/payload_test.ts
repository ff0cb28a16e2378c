import { deepEqual, equal, ok } from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { Payload, type PayloadKind, payloadKinds } from "./payload.ts";
import { readStamp } from "./record_stamp.ts";

function batchOf(kind: PayloadKind, recordBytes = 100): Uint8Array {
  const payload = new Payload({ kind, recordBytes, seed: 1 });
  const batch = new Uint8Array(160 * recordBytes);
  for (let at = 0; at < 160; at++) batch.set(payload.next(9, 0, at), at * recordBytes);
  return batch;
}

Deno.test("Payload gives records that pass their check, also when the stock is used for the second time", () => {
  for (const kind of payloadKinds) {
    for (const recordBytes of [16, 17, 100, 1_000_000]) {
      const payload = new Payload({ kind, recordBytes, seed: 1 });
      const rounds = recordBytes < 100 ? 150_000 : 50;
      for (let at = 0; at < rounds; at++) {
        const record = payload.next(3, 2, at);
        equal(record.length, recordBytes);
        if (at % 1000 < 10) deepEqual(readStamp(record), { run: 3, partition: 2, sequence: at });
      }
    }
  }
});

Deno.test("Payload compresses as its kind promises", () => {
  const ratio = (kind: PayloadKind) => {
    const batch = batchOf(kind);
    return deflateRawSync(batch).length / batch.length;
  };
  ok(ratio("random") > 0.9, `random: ${ratio("random")}`);
  ok(ratio("text") > 0.3 && ratio("text") < 0.75, `text: ${ratio("text")}`);
  ok(ratio("json-like") > 0.2 && ratio("json-like") < 0.6, `json-like: ${ratio("json-like")}`);
});

Deno.test("Payload of the same seed is the same", () => {
  for (const kind of payloadKinds) deepEqual(batchOf(kind), batchOf(kind));
});

Deno.test("Payload has no two records alike within a batch", () => {
  const payload = new Payload({ kind: "text", recordBytes: 100, seed: 5 });
  const bodies = new Set<string>();
  for (let at = 0; at < 10_000; at++) bodies.add(String(payload.next(1, 0, at).subarray(16)));
  ok(bodies.size > 9_990, `${bodies.size} of 10,000 differ`);
});
