import { equal } from "node:assert/strict";
import { jsonLine } from "./json_line.ts";

Deno.test("jsonLine writes numbers of 64 bits with all their digits, and leaves out what is undefined", () => {
  equal(
    jsonLine({ a: 2n ** 63n - 1n, b: undefined, c: [1, "x\n", null, true], d: {} }),
    '{"a":9223372036854775807,"c":[1,"x\\n",null,true],"d":{}}',
  );
});
