/**
 * One run: a topic of its own, produced to and then consumed from by one client each, with the broker's processor time
 * taken around each client.
 * @module
 */
import type { BrokerProcess } from "./broker_process.ts";
import { busySeconds, quiet } from "./machine.ts";
import { type ClientFigures, type ClientRun, consume, produce } from "./rdkafka_performance.ts";
import { withTopic } from "./topics.ts";
import type { Turns } from "./turns.ts";
import type { Workload } from "./workload.ts";

export const phases = ["produce", "consume"] as const;
export type Phase = typeof phases[number];

/** What one client and the broker did. */
export interface Measurement {
  readonly broker: string;
  readonly phase: Phase;
  readonly workload: Workload;
  readonly recordsPerSecond: number;
  /** Payload, in 1,000,000 bytes a second. */
  readonly megabytesPerSecond: number;
  readonly brokerUserSeconds: number;
  readonly brokerSystemSeconds: number;
  /** Broker's processor time for each 1,000,000,000 bytes of payload. */
  readonly brokerSecondsPerGigabyte: number;
  readonly clientSeconds: number;
  /** The part of the machine's processors that neither broker nor client took, 0 to 1: what else went on meanwhile. */
  readonly othersShare: number;
  /** Resident memory of the broker when the client has ended. */
  readonly residentBytes: number;
  /** What the client complained of. */
  readonly complaints: readonly string[];
}

export interface MeasureOptions {
  readonly turns: Turns;
  /**
   * Milliseconds between a producer's end and the consumer's start, so that what a broker does in the background for
   * what it has just taken (Milena's fdatasync every second) is not counted as the cost of consuming.
   */
  readonly settleMs: number;
  /** Most milliseconds to wait for a moment in which the machine has nothing else to do, before each client. */
  readonly patienceMs: number;
  /** Ends the client that runs. */
  readonly signal: AbortSignal;
}

/**
 * More than this is taken as a disturbance. On a quiet machine it is a few hundredths: the kernel writes back what was
 * produced, and the other broker rests.
 */
const MOST_OTHERS_SHARE = 0.12;

/** Whether somebody else had so much of the processors that the figures tell of him, too. */
export function isDisturbed({ othersShare }: Measurement): boolean {
  return othersShare > MOST_OTHERS_SHARE;
}

/** The run in which the others took least. */
export function leastDisturbed(runs: readonly Measurement[]): Measurement {
  return runs.reduce((least, run) => run.othersShare < least.othersShare ? run : least);
}

/** Produces and consumes the records of `workload`. */
export async function measure(
  broker: BrokerProcess,
  workload: Workload,
  { turns, settleMs, patienceMs, signal }: MeasureOptions,
): Promise<Measurement[]> {
  return await withTopic(broker, workload.partitions, async (topic) => {
    const run = async (phase: Phase, client: Client) => {
      await quiet(patienceMs);
      const runClient = () => client(broker.bootstrap, topic, workload, signal);
      return await turns.take(() => around(broker, phase, workload, runClient));
    };
    const produced = await run("produce", produce);
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    return [produced, await run("consume", consume)];
  });
}

type Client = (
  bootstrap: string,
  topic: string,
  workload: Workload,
  signal: AbortSignal,
) => Promise<ClientRun<ClientFigures>>;

async function around(
  broker: BrokerProcess,
  phase: Phase,
  workload: Workload,
  run: () => Promise<ClientRun<ClientFigures>>,
): Promise<Measurement> {
  const before = broker.figures();
  const busyBefore = busySeconds();
  const begin = performance.now();
  const { figures, userSeconds, systemSeconds, complaints } = await run();
  const wallSeconds = (performance.now() - begin) / 1000;
  const busy = busySeconds() - busyBefore;
  const after = broker.figures();
  const brokerUserSeconds = after.userSeconds - before.userSeconds;
  const brokerSystemSeconds = after.systemSeconds - before.systemSeconds;
  const clientSeconds = userSeconds + systemSeconds;
  const others = busy - brokerUserSeconds - brokerSystemSeconds - clientSeconds;
  return {
    broker: broker.name,
    phase,
    workload,
    recordsPerSecond: figures.recordsPerSecond,
    megabytesPerSecond: figures.recordsPerSecond * workload.recordBytes / 1e6,
    brokerUserSeconds,
    brokerSystemSeconds,
    brokerSecondsPerGigabyte: (brokerUserSeconds + brokerSystemSeconds) / (figures.payloadBytes / 1e9),
    clientSeconds,
    othersShare: Math.max(0, others / (wallSeconds * navigator.hardwareConcurrency)),
    residentBytes: after.residentBytes,
    complaints,
  };
}
