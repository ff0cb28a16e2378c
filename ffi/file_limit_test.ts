import assert from "node:assert/strict";
import "./test_support.ts";
import { raiseFileLimit } from "./file_limit.ts";

Deno.test("raiseFileLimit makes the soft limit the hard one", () => {
  const limit = raiseFileLimit();
  const line = /^Max open files\s+(\d+)\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"));
  assert.equal(line?.[1], String(limit));
  assert.equal(line?.[2], String(limit));
});
