/**
 * The Workers of a broker, seen from the main thread: started, listened to, asked to stop.
 *
 * What must be true: whatever happens in a Worker, `ready` and `ended` settle: an uncaught error, a message that says
 * the Worker can't go on, and a Worker that can't even be loaded all reject them with one sentence.
 * @module
 */
import type { BrokerConfig } from "../broker/config.ts";
import { allocateRings, type IoRings, type LaneName } from "../broker/io/lanes.ts";
import { allocateMetrics } from "../broker/metrics/metrics.ts";
import { MetricsReader } from "../broker/metrics/metrics_reader.ts";
import { Wakeup } from "../ffi/wakeup.ts";
import type { Logger } from "../storage/environment.ts";
import { CommandFailure } from "./command.ts";
import {
  Control,
  CONTROL_CELLS,
  type FromReactor,
  type ReactorReady,
  type StartIo,
  type StartReactor,
} from "./worker_messages.ts";

/**
 * A thread begins within milliseconds, whatever there is to recover. One that does not begin at all (a start message that
 * nobody heard once did that) is ended with a sentence: a service manager can start again what ends, not what hangs.
 */
const START_WITHIN_MS = 15_000;

export interface WorkerModules {
  readonly reactor: URL;
  readonly io: URL;
}

/** The Workers' entries; `deno compile` is told of them by name (`scripts/compile.ts`). */
export const workerModules: WorkerModules = {
  reactor: new URL("./reactor_worker.ts", import.meta.url),
  io: new URL("./io_worker.ts", import.meta.url),
};

/** How far a start is. */
export interface StartProgress {
  readonly doneBytes: number;
  /** Of logs that were not closed cleanly. */
  readonly totalBytes: number;
}

export interface BrokerThreadsOptions {
  /** Told what the Workers say: what is said at all is decided there. */
  readonly log: Logger;
  /** A Unix socket, for the HTTP gateway. */
  readonly gatewayPath: string;
  /** A Unix socket for HTTP that comes to the Kafka port; undefined: HTTP is switched off. */
  readonly relayPath?: string | undefined;
  /** Say the stack of an uncaught error, and what the broker has to say at level "debug", too. Default false. */
  readonly isVerbose?: boolean;
  readonly modules?: WorkerModules;
  /** How often recovery says how far it is; one that takes no longer says nothing. Default 1000. */
  readonly progressIntervalMs?: number;
}

export class BrokerThreads implements Disposable {
  readonly metrics: MetricsReader;
  readonly #control = new SharedArrayBuffer(CONTROL_CELLS * Int32Array.BYTES_PER_ELEMENT);
  readonly #wakeup = Wakeup.create();
  readonly #workers: Worker[] = [];
  readonly #ready = Promise.withResolvers<ReactorReady>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #startDeadline: ReturnType<typeof setTimeout>;
  readonly #ioModule: URL;
  readonly #ioRings: IoRings = allocateRings();
  readonly #log: Logger;
  readonly #isVerbose: boolean;
  readonly #progressIntervalMs: number;
  #lastProgressMs = performance.now();
  #startedMs = performance.now();
  #progress: StartProgress | undefined = { doneBytes: 0, totalBytes: 0 };
  #listening: ReactorReady | undefined;

  constructor(config: BrokerConfig, options: BrokerThreadsOptions) {
    this.#log = options.log;
    this.#isVerbose = options.isVerbose ?? false;
    this.#progressIntervalMs = options.progressIntervalMs ?? 1000;
    // Both are heard of through `ready` or `ended`, whichever is awaited; neither alone is an error.
    this.#ready.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
    const modules = options.modules ?? workerModules;
    const metrics = allocateMetrics({
      partitions: config.limits.partitions,
      groupOffsets: config.limits.groupOffsetMetrics,
    });
    this.metrics = new MetricsReader(metrics);
    this.#ioModule = modules.io;
    this.#startDeadline = setTimeout(
      () => this.#fail(`the reactor's thread did not begin within ${START_WITHIN_MS} ms: start again`),
      START_WITHIN_MS,
    );
    this.#start("reactor", modules.reactor, {
      type: "start",
      config,
      gatewayPath: options.gatewayPath,
      relayPath: options.relayPath,
      control: this.#control,
      wakeupDescriptor: this.#wakeup.descriptor,
      ioRings: this.#ioRings,
      metrics,
      logLevel: this.#isVerbose ? "debug" : "info",
    });
  }

  /** The reactor listens. Rejects with a {@link CommandFailure} if it can't. */
  get ready(): Promise<ReactorReady> {
    return this.#ready.promise;
  }

  /** How far its start is; undefined: it listens. */
  get progress(): StartProgress | undefined {
    return this.#progress;
  }

  /** undefined: it does not listen yet. */
  get listening(): ReactorReady | undefined {
    return this.#listening;
  }

  /** Ends the reactor's sleep, if it sleeps. */
  wake(): void {
    this.#wakeup.signal();
  }

  /** The reactor has stopped because it was asked to. Rejects with a {@link CommandFailure} if a Worker failed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Asks the reactor to answer what it has read, flush and stop; `ended` tells when it has. */
  askToStop(): void {
    Atomics.store(new Int32Array(this.#control), Control.STOP, 1);
    this.#wakeup.signal();
  }

  /** Ends the Workers as they are. */
  [Symbol.dispose](): void {
    clearTimeout(this.#startDeadline);
    for (const worker of this.#workers) worker.terminate();
    this.#wakeup.close();
  }

  #startLane(lane: LaneName): void {
    this.#start(`I/O Worker for ${lane} jobs`, this.#ioModule, {
      type: "start",
      lane,
      rings: this.#ioRings[lane],
      wakeupDescriptor: this.#wakeup.descriptor,
    });
  }

  #start(name: string, module: URL, start: StartReactor | StartIo): void {
    const worker = new Worker(module, { type: "module", name });
    this.#workers.push(worker);
    worker.onmessage = ({ data }: MessageEvent<FromReactor>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const where = this.#isVerbose ? ` (${event.filename}:${event.lineno})` : "";
      this.#fail(
        `the ${name} broke down: ${event.message.replace(/^Uncaught (\(in promise\) )?/, "")}${where}`,
      );
    };
    worker.onmessageerror = () => this.#fail(`the ${name} said something that can't be read`);
    worker.postMessage(start);
  }

  #hear(message: FromReactor): void {
    switch (message.type) {
      case "starting":
        clearTimeout(this.#startDeadline);
        break;
      case "ready":
        this.#progress = undefined;
        this.#listening = message;
        this.#ready.resolve(message);
        break;
      case "progress":
        this.#reportProgress(message.doneBytes, message.totalBytes);
        break;
      case "diskWork":
        this.#startLane(message.lane);
        break;
      case "metricRows":
        this.metrics.learn(message.changes);
        break;
      case "log":
        this.#log(message.level, message.message);
        break;
      case "failed":
        if (this.#isVerbose && message.stack !== undefined) this.#log("debug", message.stack);
        this.#fail(message.message);
        break;
      case "stopped":
        this.#ready.reject(new CommandFailure("stopped while starting"));
        this.#ended.resolve();
        break;
    }
  }

  #reportProgress(doneBytes: number, totalBytes: number): void {
    this.#progress = { doneBytes, totalBytes };
    const nowMs = performance.now();
    if (nowMs - this.#lastProgressMs < this.#progressIntervalMs) return;
    this.#lastProgressMs = nowMs;
    const percent = totalBytes === 0 ? 100 : Math.floor(doneBytes / totalBytes * 100);
    const leftSeconds = Math.ceil((nowMs - this.#startedMs) * (totalBytes / doneBytes - 1) / 1000);
    const left = doneBytes === 0 ? "" : `, ${totalBytes - doneBytes} left: about ${leftSeconds} s`;
    this.#log(
      "info",
      `checking logs that were not closed cleanly: ${percent} % of ${totalBytes} bytes${left}`,
    );
  }

  #fail(message: string): void {
    clearTimeout(this.#startDeadline);
    const failure = new CommandFailure(message);
    this.#ready.reject(failure);
    this.#ended.reject(failure);
  }
}
