/**
 * The first lines of a sender's thread: a Web Worker on Deno, a worker thread on Node.
 * @module
 */
import { SenderHost } from "./sender_host.ts";
import type { FromSender, ToSender } from "./sender_messages.ts";

interface Port {
  postMessage(message: FromSender): void;
}

if ("Deno" in globalThis) {
  const scope = globalThis as unknown as Port & { onmessage: (event: { data: ToSender }) => void };
  const host = new SenderHost((message) => scope.postMessage(message));
  scope.onmessage = ({ data }) => host.receive(data);
} else {
  const { parentPort } = await import("node:worker_threads");
  const port = parentPort as unknown as Port & { on(event: "message", take: (data: ToSender) => void): void };
  const host = new SenderHost((message) => port.postMessage(message));
  port.on("message", (data) => host.receive(data));
}
