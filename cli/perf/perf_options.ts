/**
 * What a measurement is told by its flags, read and checked before anything is done.
 * @module
 */
import { didYouMean } from "../../protocol/nearest_name.ts";
import { CommandFailure, ExitCode, type FlagValues } from "../command.ts";
import { type PayloadKind, payloadKinds } from "./payload.ts";
import { parseDuration, parseQuantity } from "./quantity.ts";
import { MAX_PARTITIONS, STAMP_BYTES } from "./record_stamp.ts";
import type { Subject } from "./result.ts";

export interface PerfOptions {
  /** undefined: one that is made for the run and deleted after it. */
  readonly topic: string | undefined;
  /** Infinity: until `seconds` are over. */
  readonly records: number;
  /** Infinity: until there are `records`. */
  readonly seconds: number;
  readonly recordBytes: number;
  /** Records a second; 0: as fast as possible. */
  readonly rate: number;
  readonly payload: PayloadKind;
  /** undefined: as the client's configuration has it. */
  readonly compression: string | undefined;
  /** Of a topic that is made. */
  readonly partitions: number;
  /** Of a topic that is made; undefined: the cluster's default. */
  readonly replicationFactor: number | undefined;
  readonly runs: number;
  /** Records that are sent before each run and do not count. */
  readonly warmUp: number;
  readonly isVerified: boolean;
  readonly report: string | undefined;
}

const MAX_RUNS = 1000;
/** So many of the records, but no more than so many, or so many seconds' worth, go before. */
const WARM_UP_SHARE = 0.1;
const MAX_WARM_UP = 100_000;
const WARM_UP_SECONDS = 1;

/** What each of them does if nothing is said. */
const defaults = {
  produce: { records: 2_000_000, seconds: Infinity, rate: 0 },
  consume: { records: 2_000_000, seconds: Infinity, rate: 0 },
  latency: { records: Infinity, seconds: 10, rate: 1000 },
} as const;

/** A topic that is there is read to its end. */
const allOfIt = { records: Infinity, seconds: Infinity, rate: 0 };

/** Throws a {@link CommandFailure}. */
export function perfOptions(subject: Subject, flags: FlagValues): PerfOptions {
  const number = (name: string, least: number, most = Number.MAX_SAFE_INTEGER) => {
    const text = flags.text(name);
    if (text === undefined) return undefined;
    const value = parseQuantity(text);
    if (value !== undefined && value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw usage(`--${name} is "${text}", but must be a whole number ${bounds}, such as 5000, 5k or 64Ki`);
  };
  const topic = flags.text("topic");
  const usual = subject === "consume" && topic !== undefined ? allOfIt : defaults[subject];
  const givenRecords = number("records", 1);
  const givenSeconds = durationOf(flags);
  const isGiven = givenRecords !== undefined || givenSeconds !== undefined;
  const records = givenRecords ?? (isGiven ? Infinity : usual.records);
  const seconds = givenSeconds ?? (isGiven ? Infinity : usual.seconds);
  const rate = number("rate", 0) ?? usual.rate;
  if (subject === "latency" && rate === 0) {
    throw usage(
      "--rate is 0, but latency is measured at a rate that the cluster can bear: beyond it records only wait in line",
    );
  }
  return {
    topic,
    records,
    seconds,
    recordBytes: number("record-size", STAMP_BYTES, 2 ** 30) ?? 100,
    rate,
    payload: payloadOf(flags.text("payload") ?? "json-like"),
    compression: flags.text("compression"),
    partitions: number("partitions", 1, MAX_PARTITIONS) ?? 6,
    replicationFactor: number("replication-factor", 1, 32_767),
    runs: number("runs", 1, MAX_RUNS) ?? 1,
    // Somebody's own topic gets nothing that was not asked for.
    warmUp: number("warm-up", 0) ?? (topic === undefined ? usualWarmUp(records, rate) : 0),
    isVerified: !flags.isOn("no-verify"),
    report: flags.text("report"),
  };
}

function usualWarmUp(records: number, rate: number): number {
  const share = records === Infinity ? Infinity : Math.ceil(records * WARM_UP_SHARE);
  return Math.min(share, MAX_WARM_UP, rate === 0 ? Infinity : Math.ceil(rate * WARM_UP_SECONDS));
}

function durationOf(flags: FlagValues): number | undefined {
  const text = flags.text("duration");
  if (text === undefined) return undefined;
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw usage(`--duration is "${text}", but must be a time, such as 30s or 5m`);
}

function payloadOf(text: string): PayloadKind {
  const kind = payloadKinds.find((kind) => kind === text);
  if (kind !== undefined) return kind;
  throw usage(
    `--payload is "${text}", but must be one of ${payloadKinds.join(", ")}${didYouMean(text, payloadKinds)}`,
  );
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, ExitCode.USAGE);
}
