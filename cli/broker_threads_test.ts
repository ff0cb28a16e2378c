import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { brokerConfig, Settings } from "../broker/settings.ts";
import "../ffi/test_support.ts";
import type { LogLevel } from "../storage/environment.ts";
import { BrokerThreads } from "./broker_threads.ts";
import { CommandFailure } from "./command.ts";

const config = brokerConfig(new Settings([]));

/** A Worker's module that does `statements` with its start message in `data`. */
function module(statements: string): URL {
  return new URL(
    `data:application/javascript,${encodeURIComponent(`self.onmessage = ({ data }) => { ${statements} };`)}`,
  );
}

const idle = module("");
const diskWork = 'self.postMessage({ type: "diskWork", lane: "read" });';
const ready = `self.postMessage({ type: "starting" });
self.postMessage({
  type: "ready", listeners: [{ family: "ipv4", host: "127.0.0.1", port: 1 }], clusterId: "c",
  nodeId: data.config.nodeId, recoveredBytes: 0, startMs: 1,
});`;

/** A reactor that looks at `control` as the real one does, without blocking. */
const obedient = module(`${ready} const control = new Int32Array(data.control);
  const timer = setInterval(() => {
    if (Atomics.load(control, 0) !== 1) return;
    clearInterval(timer);
    self.postMessage({ type: "stopped" });
    self.close();
  }, 2);`);

function start(
  reactor: URL,
  io = idle,
  lines: [LogLevel, string][] = [],
  progressIntervalMs = 1000,
): BrokerThreads {
  return new BrokerThreads(config, {
    progressIntervalMs,
    gatewayPath: "/g",
    modules: { reactor, io },
    log: (level, message) => void lines.push([level, message]),
  });
}

Deno.test("BrokerThreads tells what the reactor is ready with, and ends when it is asked to stop", async () => {
  using threads = start(obedient);
  const { listeners, clusterId, nodeId } = await threads.ready;
  deepEqual(listeners, [{ family: "ipv4", host: "127.0.0.1", port: 1 }]);
  equal(clusterId, "c");
  equal(nodeId, 1);
  threads.askToStop();
  await threads.ended;
});

Deno.test("BrokerThreads starts the I/O Worker when there is work for it, with the rings of its lane", async () => {
  const lines: [LogLevel, string][] = [];
  const io = module(`new Int32Array(data.rings.jobs)[0] = 42;
    self.postMessage({ type: "log", level: "info", message: "wrote" });`);
  const reactor = module(`const cells = new Int32Array(data.ioRings.read.jobs);
    ${diskWork}
    const timer = setInterval(() => {
      if (cells[0] !== 42) return;
      clearInterval(timer);
      ${ready}
    }, 2);`);
  using threads = start(reactor, io, lines);
  await threads.ready;
  // What two Workers post comes in any order.
  while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  deepEqual(lines, [["info", "wrote"]]);
});

Deno.test("BrokerThreads passes on why the reactor can't start", async () => {
  using threads = start(module('self.postMessage({ type: "failed", message: "the port is taken" });'));
  await rejects(
    threads.ready,
    (error) => error instanceof CommandFailure && error.message === "the port is taken",
  );
  await rejects(threads.ended, CommandFailure);
});

Deno.test("BrokerThreads notices when a Worker ends by an error later on", async () => {
  using threads = start(module(`${ready} self.postMessage({ type: "failed", message: "out of luck" });`));
  await threads.ready;
  await rejects(threads.ended, /^CommandFailure: out of luck$/);
});

Deno.test("BrokerThreads fails when the I/O Worker does", async () => {
  using threads = start(
    module(`${ready} ${diskWork}`),
    module("self.postMessage({ type: 'failed', message: 'no disk' });"),
  );
  await rejects(threads.ended, /^CommandFailure: no disk$/);
});

Deno.test("BrokerThreads takes a reactor that stops before it is ready as a start that was called off", async () => {
  using threads = start(module('self.postMessage({ type: "stopped" });'));
  await rejects(threads.ready, /stopped while starting/);
  await threads.ended;
});

Deno.test("BrokerThreads reports how far recovery is, but not with every step", async () => {
  const reactor = module(`for (let done = 0; done <= 1000; done++) {
      self.postMessage({ type: "progress", doneBytes: done, totalBytes: 1000 });
    }
    ${ready}`);
  const lines: [LogLevel, string][] = [];
  using quick = start(reactor, idle, lines);
  await quick.ready;
  deepEqual(lines, [], "it was done before anybody could ask");
  using slow = start(reactor, idle, lines, 0);
  await slow.ready;
  deepEqual(lines[0], ["info", "checking logs that were not closed cleanly: 0 % of 1000 bytes"]);
  match(lines[251]![1], /25 % of 1000 bytes, 749 left: about \d+ s$/);
  match(lines.at(-1)![1], /100 % of 1000 bytes, 0 left: about 0 s$/);
  equal(slow.progress, undefined);
});
