/**
 * The way to a sender: in a thread of its own, or in this one.
 *
 * What must be true: messages arrive in the order that they were told, and never while the one who told is still running.
 * @module
 */
import { SenderHost } from "./sender_host.ts";
import type { FromSender, ToSender } from "./sender_messages.ts";

export interface SenderLink {
  tell(message: ToSender): void;
  /** Ends the thread. */
  end(): void;
}

export interface SenderLinkOwner {
  onMessage(message: FromSender): void;
  /** The thread is no more, without having been ended. */
  onBroken(error: Error): void;
}

export async function openSenderLink(how: "worker" | "inline", owner: SenderLinkOwner): Promise<SenderLink> {
  if (how === "inline") return inlineLink(owner);
  return "Deno" in globalThis ? webWorkerLink(owner) : await nodeWorkerLink(owner);
}

function inlineLink(owner: SenderLinkOwner): SenderLink {
  let isEnded = false;
  const host = new SenderHost((message) => queueMicrotask(() => isEnded || owner.onMessage(message)));
  return {
    tell: (message) => queueMicrotask(() => isEnded || host.receive(message)),
    end: () => isEnded = true,
  };
}

function webWorkerLink(owner: SenderLinkOwner): SenderLink {
  const worker = new Worker(new URL("./sender_worker.ts", import.meta.url), {
    type: "module",
    name: "milena-sender",
  });
  worker.onmessage = ({ data }) => owner.onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    owner.onBroken(new Error(event.message));
  };
  return {
    tell: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
  };
}

async function nodeWorkerLink(owner: SenderLinkOwner): Promise<SenderLink> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL("./sender_worker.js", import.meta.url), { name: "milena-sender" });
  let isEnded = false;
  worker.on("message", (message: FromSender) => owner.onMessage(message));
  worker.on("error", (error: Error) => isEnded || owner.onBroken(error));
  return {
    tell: (message) => worker.postMessage(message),
    end: () => {
      isEnded = true;
      void worker.terminate();
    },
  };
}
