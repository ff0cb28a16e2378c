import assert from "node:assert/strict";
import "../ffi/test_support.ts";
import * as append from "./append_bench.ts";
import * as calls from "./ffi_call_bench.ts";
import * as send from "./send_bench.ts";

Deno.test("ffi_call_bench measures calls that answer as they did", () => {
  assert.equal(calls.smoke(), "-1 -1 -1 97 -1 -1 1");
});

Deno.test("append_bench writes the same file in every way", () => {
  assert.equal(append.smoke(), "58f414c587d599b6fa1678097a7459ce669c6e0fe894d81be9c7ed2879bd6bcb");
});

Deno.test("send_bench delivers the same bytes in every way", async () => {
  assert.equal(await send.smoke(), "c12fb0010fbd782b0ffcb958d34a9cd29f9c42692ff2f8361f3379ddd0790932");
});
