/**
 * Sends a load of stamped records, as fast as it can or at a rate, and enters each into the ledger.
 *
 * Partitions take turns as with Kafka's sticky partitioner: one gets records for a batch, then the next does. They are
 * chosen here and not by the client, because only so is it known which records a batch report is about.
 * @module
 */
import { setImmediate } from "node:timers";
import type { Ledger } from "./ledger.ts";
import type { Pace } from "./pace.ts";
import type { Payload } from "./payload.ts";

/** The part of a producer that counts here. */
export interface Appender {
  /** A promise: it has to be awaited before the next record. */
  append(record: { topic: string; partition: number; value: Uint8Array }): Promise<void> | undefined;
}

export interface Load {
  readonly topic: string;
  readonly payload: Payload;
  /** Of the stamps. */
  readonly run: number;
  readonly pace: Pace;
  /** Infinity: until `endMs`. */
  readonly records: number;
  /** When no more are sent; Infinity: when `records` are. */
  readonly endMs: number;
  /** How many one partition gets before the next one does. */
  readonly recordsPerTurn: number;
  /**
   * To send when a record is due, and not up to two milliseconds later, which is how precise timers are: this thread then
   * turns around and around while it waits. Default false.
   */
  readonly isPrecise?: boolean;
  readonly signal?: AbortSignal;
}

/** So often whatever else there is to do in this thread gets its turn: reports of batches, most of all. */
const YIELD_MS = 2;
/** A timer comes up to so much too late. */
const TIMER_MS = 2.5;

/** Returns how many were sent, when the last one has been handed over. */
export async function sendLoad(appender: Appender, load: Load, ledger: Ledger): Promise<number> {
  const { topic, payload, run, pace, records, endMs, signal } = load;
  const { partitions } = ledger;
  let sent = 0;
  let partition = 0;
  let lastYieldMs = performance.now();
  while (sent < records && signal?.aborted !== true) {
    let nowMs = performance.now();
    if (nowMs >= endMs) break;
    const due = Math.min(pace.dueBy(nowMs), records) - sent;
    if (due <= 0) {
      await sleep(Math.min(pace.dueMs(sent), endMs) - nowMs, load.isPrecise === true);
      lastYieldMs = performance.now();
      continue;
    }
    const count = Math.min(due, load.recordsPerTurn);
    const own = partitions[partition]!;
    for (let at = 0; at < count && nowMs < endMs; at++) {
      const value = payload.next(run, partition, own.sent);
      // Before it is appended, as that may be when a report about it comes.
      own.send(1, pace.isLimited ? pace.dueMs(sent) : nowMs);
      sent++;
      const wait = appender.append({ topic, partition, value });
      if (wait === undefined) continue;
      await wait;
      nowMs = lastYieldMs = performance.now();
    }
    partition = (partition + 1) % partitions.length;
    if (nowMs - lastYieldMs >= YIELD_MS) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      lastYieldMs = performance.now();
    }
  }
  return sent;
}

function sleep(ms: number, isPrecise: boolean): Promise<void> {
  return new Promise<void>((resolve) => {
    if (!isPrecise) setTimeout(resolve, ms);
    else if (ms < TIMER_MS) setImmediate(resolve);
    else setTimeout(resolve, ms - TIMER_MS);
  });
}
