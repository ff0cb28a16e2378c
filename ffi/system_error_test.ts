import assert from "node:assert/strict";
import { fromDenoError, SystemError } from "./system_error.ts";

Deno.test("SystemError names the call, the path and the cause", () => {
  const error = new SystemError("open", "/data/x", 2);
  assert.equal(error.message, "open /data/x: No such file or directory (ENOENT)");
  assert.deepEqual([error.call, error.path, error.errno, error.code], ["open", "/data/x", 2, "ENOENT"]);
  assert.equal(new SystemError("eventfd", undefined, 24).message.slice(0, 9), "eventfd: ");
});

Deno.test("fromDenoError gives Deno's file errors the same form and leaves others alone", () => {
  let thrown: unknown;
  try {
    Deno.readDirSync("/no/such/directory");
  } catch (error) {
    thrown = fromDenoError(error, "readdir", "/no/such/directory");
  }
  assert(thrown instanceof SystemError);
  assert.equal(thrown.code, "ENOENT");
  const other = new TypeError("a mistake");
  assert.equal(fromDenoError(other, "readdir", "/"), other);
});
