/**
 * What the main thread and its Workers tell each other. The reactor's thread never returns to its event loop, so
 * messages reach it only before it starts; afterwards there are `control` and the wakeup. Messages out of it always arrive.
 * @module
 */
import type { BrokerConfig, HostPort } from "../broker/config.ts";
import type { LogLevel } from "../storage/environment.ts";

/** Indexes into the Int32Array over `control`. */
export const CONTROL_STOP = 0;
export const CONTROL_WORDS = 1;

/** Main thread → I/O Worker, once. The worker ends itself when its "stop" job comes. */
export interface IoWorkerStart {
  readonly type: "start";
  readonly jobs: SharedArrayBuffer;
  readonly outcomes: SharedArrayBuffer;
  /** eventfd that the reactor's poller watches. */
  readonly wakeupDescriptor: number;
}

/** Main thread → reactor, once. */
export interface ReactorStart {
  readonly type: "start";
  readonly config: BrokerConfig;
  /** Int32 words: [CONTROL_STOP] = 1, and a signal on the wakeup, ask it to drain and stop. */
  readonly control: SharedArrayBuffer;
  readonly wakeupDescriptor: number;
  readonly jobs: SharedArrayBuffer;
  readonly outcomes: SharedArrayBuffer;
  readonly metrics: SharedArrayBuffer;
}

/** Reactor → main thread. */
export type ReactorMessage =
  /** Serving. `listeners` in the order of `config.listeners`, with the ports really got. */
  | {
    readonly type: "ready";
    readonly listeners: readonly HostPort[];
    /** Unix socket on which the reactor speaks Kafka with the HTTP gateway. */
    readonly gatewayPath: string;
    readonly clusterId: string;
  }
  /** Could not start, or had to stop; one sentence for the user. */
  | { readonly type: "failed"; readonly message: string }
  /** Recovery, bytes. */
  | { readonly type: "progress"; readonly done: number; readonly total: number }
  | { readonly type: "log"; readonly level: LogLevel; readonly message: string }
  /** Drained, flushed and closed as asked. */
  | { readonly type: "stopped" };
