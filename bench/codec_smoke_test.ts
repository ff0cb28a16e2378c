import { equal } from "node:assert/strict";
import { smoke } from "./codec_bench.ts";

Deno.test("codec_bench writes and reads the same bytes as before", () => {
  equal(smoke(), "8d3c162cbe0f4ad03a51b6400efc1ece331307ee3aa5a3e6ab4df096912f3e6a");
});
