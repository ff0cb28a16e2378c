import assert from "node:assert/strict";
import * as crc from "./crc_bench.ts";
import * as recordBatch from "./record_batch_bench.ts";

Deno.test("crc_bench computes the checksums that it computed before", () => {
  assert.equal(crc.smoke(), "0 b243cfd0 71c6bd4c 969aa91d 5ac4aa4f 331bf2fe");
});

Deno.test("record_batch_bench makes and reads the batches that it made and read before", () => {
  assert.equal(
    recordBatch.smoke(),
    "edfa0d71bc3888a6dbf98254abdec40e6bbac8fa92e3f71e84912a000153bec5",
  );
});
