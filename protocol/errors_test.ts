import { equal } from "node:assert/strict";
import { ErrorCode, errorMessage, errorName, isRetriable } from "./errors.ts";

Deno.test("ErrorCode has every code from -1 to 133 once", () => {
  const codes = Object.values(ErrorCode).sort((a, b) => a - b);
  equal(codes.length, 135);
  equal(codes[0], -1);
  codes.forEach((code, index) => equal(code, index - 1));
});

Deno.test("errorName and errorMessage answer for every number when the code is unknown too", () => {
  equal(errorName(3), "UNKNOWN_TOPIC_OR_PARTITION");
  equal(errorName(-1), "UNKNOWN_SERVER_ERROR");
  equal(errorName(31_000), "UNKNOWN_CODE_31000");
  equal(errorMessage(31_000).includes("31000"), true);
  for (const code of Object.values(ErrorCode)) equal(errorMessage(code).endsWith("."), true, errorName(code));
});

Deno.test("isRetriable follows Kafka when clients rely on it", () => {
  for (
    const code of [2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 74, 75, 78, 88, 89, 100, 103]
  ) {
    equal(isRetriable(code), true, errorName(code));
  }
  for (const code of [-1, 0, 1, 10, 17, 22, 25, 27, 35, 36, 37, 38, 42, 45, 47, 59, 79, 87, 90, 31_000]) {
    equal(isRetriable(code), false, errorName(code));
  }
});
