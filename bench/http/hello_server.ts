/** What to measure against: hono on Deno.serve, answering every request with a few bytes and reading none of them. */
import { Hono } from "hono";

const app = new Hono();
app.post("/topics/:topic/records", (context) => context.json({ hello: context.req.param("topic") }));

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`ready ${port}`),
}, app.fetch);
