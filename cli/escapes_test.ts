import { deepEqual, equal } from "node:assert/strict";
import { unescaped } from "./escapes.ts";

Deno.test("unescaped gives the bytes that are meant", () => {
  deepEqual(
    unescaped("a\\n\\t\\r\\\\\\0\\x00\\xfFé"),
    Uint8Array.of(97, 10, 9, 13, 92, 0, 0, 255, 0xc3, 0xa9),
  );
  deepEqual(unescaped(""), new Uint8Array());
});

Deno.test("unescaped knows no other escapes", () => {
  for (const text of ["\\", "a\\", "\\q", "\\x1", "\\xgg", "\\toString\\c"]) {
    equal(unescaped(text), undefined, text);
  }
});
