import assert from "node:assert/strict";
import { cString } from "./c_string.ts";

Deno.test("cString ends UTF-8 with a zero byte", () => {
  assert.deepEqual([...cString("é/a")], [0xc3, 0xa9, 0x2f, 0x61, 0]);
});

Deno.test("cString refuses a zero byte inside: the kernel would see another, shorter name", () => {
  assert.throws(() => cString("/data/topic\0/x"), /must not contain a zero byte/);
});
