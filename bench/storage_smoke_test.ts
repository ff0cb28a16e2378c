import assert from "node:assert/strict";
import "../ffi/test_support.ts";
import * as indexLookup from "./index_lookup_bench.ts";
import * as partitionLog from "./partition_log_bench.ts";

Deno.test("index_lookup_bench finds the same positions in every way", () => {
  assert.equal(indexLookup.smoke(), "462c2e7511ca6849a5b51188b5593d74c2647d98608a6bf8e08752efd15c7c18");
});

Deno.test("partition_log_bench writes the log that it wrote before", () => {
  assert.equal(
    partitionLog.smoke(),
    "c7680d8081daf811a54e8c4cb2eeafcfa175808500d72dfe325f1f68f20df924 20 180",
  );
});
