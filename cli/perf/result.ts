/**
 * What a measurement has found: what `--format json` writes and the report shows. Times are in the unit that a name ends
 * with; bytes are of records' values.
 * @module
 */
import type { CheckResult } from "./read_back.ts";
import type { TimelinePoint } from "./timeline.ts";

export type Subject = "produce" | "consume" | "latency";

export interface PerfResult {
  readonly subject: Subject;
  /** As it was typed. */
  readonly commandLine: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  /** Of whatever took part, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** In a line: "2,000,000 records of 100 bytes, 6 partitions". */
  readonly workload: string;
  /** What was asked for, in words: "record size": "100 bytes". */
  readonly setup: Readonly<Record<string, string>>;
  /** In the order in which they ran. */
  readonly runs: readonly RunResult[];
}

export interface RunResult {
  readonly broker: string;
  /** From 1, for each broker. */
  readonly round: number;
  readonly records: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly timeline: readonly TimelinePoint[];
  readonly latencies: readonly LatencyResult[];
  readonly client: ClientUsage;
  /** undefined: there was nowhere to read it. */
  readonly usage: BrokerUsage | undefined;
  /** undefined: it was not asked for. */
  readonly check: CheckResult | undefined;
  /** What went wrong, a sentence each. Empty: nothing. */
  readonly failures: readonly string[];
}

export interface LatencyResult {
  /** From when to when: "due → acknowledged". */
  readonly name: string;
  readonly count: number;
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** By percent: "99.9". */
  readonly percentilesMs: Readonly<Record<string, number>>;
  /** The longest in each span of time. */
  readonly peaks: readonly LatencyPeak[];
  /** Not empty, from short to long. */
  readonly cells: readonly LatencyCell[];
}

export interface LatencyPeak {
  /** Since the begin of the run. */
  readonly seconds: number;
  readonly ms: number;
}

export interface LatencyCell {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Of this process. */
export interface ClientUsage {
  /** Processor time of all threads. */
  readonly cpuSeconds: number;
  /** Of the thread that appends or reads records; undefined: the system does not tell. */
  readonly callerSeconds: number | undefined;
  /** The same for one record. */
  readonly callerNanosecondsPerRecord: number | undefined;
}

export interface BrokerUsage {
  /** "process 1234", or an address. */
  readonly source: string;
  readonly cpuSeconds: number;
  readonly cpuSecondsPerMillionRecords: number;
  readonly maxResidentBytes: number;
  readonly samples: readonly UsageSample[];
}

export interface UsageSample {
  /** Since the begin of the run. */
  readonly seconds: number;
  /** Processors in use on average since the sample before: 1.5 is one and a half. */
  readonly processors: number;
  readonly residentBytes: number;
}

/** The machine that figures come from, as far as it bears on them. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly architecture: string;
}
