import assert from "node:assert/strict";
import { BodyBudget, readBody } from "./request_body.ts";

Deno.test("readBody takes a length that was said twice for that length", async () => {
  const request = new Request("http://localhost/", {
    method: "POST",
    headers: { "content-length": "5, 5" },
    body: "hello",
  });
  const body = await readBody(request, { maxBytes: 100, deadlineMs: 5000, budget: new BodyBudget(100) });
  assert.equal(new TextDecoder().decode(body), "hello");
});
