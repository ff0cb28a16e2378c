import assert from "node:assert/strict";
import * as port from "../broker/transport.ts";
import * as ours from "./readiness.ts";

Deno.test("the constants of readiness.ts are those of the port", () => {
  assert.deepEqual({ ...ours }, { ...port });
});
