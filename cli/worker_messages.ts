/**
 * What the main thread and its Workers say to each other.
 *
 * A Worker gets one message, its start, and from then on runs a loop in which messages don't reach it: all else it is
 * asked through shared memory and the eventfd that wakes it. What it has to say comes back as messages.
 * @module
 */
import type { BrokerConfig } from "../broker/config.ts";
import type { IoRings, LaneName, LaneRings } from "../broker/io/lanes.ts";
import type { MetricsMemory, TableChange } from "../broker/metrics/metrics.ts";
import type { SocketAddress } from "../broker/transport.ts";
import type { LogLevel } from "../storage/environment.ts";

/** Cells of `control`, an Int32Array: written by the main thread, read by the reactor in each turn of its loop. */
export const Control = {
  /** 1: answer what has been read, flush, mark the data directory clean, say `stopped`. */
  STOP: 0,
} as const;

export const CONTROL_CELLS = 1;

/** To the reactor. */
export interface StartReactor {
  readonly type: "start";
  readonly config: BrokerConfig;
  /** A Unix socket on which it is to speak Kafka to the HTTP gateway. */
  readonly gatewayPath: string;
  /** A Unix socket to hand HTTP connections to; undefined: HTTP is switched off. */
  readonly relayPath: string | undefined;
  /** Int32Array of {@link CONTROL_CELLS}. */
  readonly control: SharedArrayBuffer;
  /** An eventfd that wakes the reactor; the main thread keeps it open until the Workers have ended. */
  readonly wakeupDescriptor: number;
  readonly ioRings: IoRings;
  readonly metrics: MetricsMemory;
  /** Lines below it are not told until somebody asks the broker for them. */
  readonly logLevel: LogLevel;
}

/** To an I/O Worker. */
export interface StartIo {
  readonly type: "start";
  readonly lane: LaneName;
  readonly rings: LaneRings;
  /** To be signalled when an outcome is there. */
  readonly wakeupDescriptor: number;
}

/** The first word of the reactor: its thread runs. */
export interface ReactorStarting {
  readonly type: "starting";
}

/** The reactor listens. */
export interface ReactorReady {
  readonly type: "ready";
  /** Where it really listens, in the order of `config.listeners`. */
  readonly listeners: readonly SocketAddress[];
  readonly clusterId: string;
  readonly nodeId: number;
  /** Bytes of logs that had to be looked through, because they had not been closed cleanly. */
  readonly recoveredBytes: number;
  /** From the start of the Worker to this message. */
  readonly startMs: number;
}

/** It can't start, or can't go on; the message is one sentence for people. */
export interface WorkerFailed {
  readonly type: "failed";
  readonly message: string;
  readonly stack?: string;
}

export interface RecoveryProgress {
  readonly type: "progress";
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface WorkerLog {
  readonly type: "log";
  readonly level: LogLevel;
  readonly message: string;
}

/** Rows of the metrics' tables have got other owners. */
export interface MetricRows {
  readonly type: "metricRows";
  readonly changes: readonly TableChange[];
}

/** The first job for the I/O Worker of this lane waits in its ring: it is to be started. */
export interface DiskWork {
  readonly type: "diskWork";
  readonly lane: LaneName;
}

/** It was asked to stop and has: everything is flushed and closed. */
export interface ReactorStopped {
  readonly type: "stopped";
}

export type FromReactor =
  | ReactorStarting
  | ReactorReady
  | DiskWork
  | MetricRows
  | WorkerFailed
  | RecoveryProgress
  | WorkerLog
  | ReactorStopped;

export type FromIo = WorkerFailed | WorkerLog;
