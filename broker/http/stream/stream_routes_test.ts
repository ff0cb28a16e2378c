import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import { Gateway } from "../gateway.ts";
import { BodyBudget } from "../request_body.ts";

Deno.test("GET /topics/{topic}/stream lets a browser come back when the broker is away, and tells others 503", async () => {
  using gateway = new Gateway({ address: { path: "/nowhere/milena.sock" }, patienceMs: 0 });
  const app = createApp({
    gateway,
    body: { maxBytes: 1000, deadlineMs: 1000, budget: new BodyBudget(1000) },
    nodeId: 1,
    isReady: () => ({ ready: true }),
  }, () => {});
  const ask = (accept: string) => app.request("/topics/t/stream", { headers: { accept } });

  const events = await ask("text/event-stream");
  assert.equal(events.status, 200);
  assert.equal(events.headers.get("content-type"), "text/event-stream");
  // Without an id: the browser keeps the last it had.
  assert.match(
    await events.text(),
    /^retry: 1000\nevent: error\ndata: \{"error_code":50003,"message":"[^\n]+"\}\n\n$/,
  );

  const lines = await ask("application/x-ndjson");
  assert.equal(lines.status, 503);
  assert.equal(lines.headers.get("retry-after"), "1");
  await lines.body?.cancel();
  assert.equal(gateway.tails.streams.open, 0);
});
