/**
 * What all runs come to: medians, ratios, and whether the goals are met.
 * @module
 */
import { median } from "../../cli/perf/median.ts";
import { table } from "../peers/report.ts";
import { describe, type Direction, directions, type Figures, type Workload } from "./workload.ts";

export interface ClientRun extends Figures {
  readonly workload: Workload;
  readonly direction: Direction;
  readonly broker: string;
  readonly client: string;
  /** The part of the machine's processors that neither brokers nor client took, 0 to 1. */
  readonly othersShare: number;
}

export const OURS = "milena";
export const NATIVE = "rdkafka_performance";
const OTHERS = ["kafkajs", "platformatic"];

/** Records a second that our client is to send. */
const LEAST_PRODUCED = 1_000_000;
/** Times as fast as the better of the other clients in TypeScript and JavaScript. */
const LEAST_TIMES: Readonly<Record<Direction, number>> = { produce: 3, consume: 2 };
/** Of librdkafka's rate. */
const LEAST_OF_NATIVE = 0.5;
const MOST_CALLER_NANOSECONDS = 400;
/** As in bench/peers: below it is what the kernel does on its own. */
const MOST_OTHERS_SHARE = 0.12;

export const runColumns = [
  ...["workload".padEnd(21), "direction", "broker".padEnd(17), "client".padEnd(19)],
  ...["records/s".padStart(9), "MB/s".padStart(6), "client CPU-s/million", "caller ns/record", "others"],
];

export function runCells(run: ClientRun): string[] {
  const { workload, direction, broker, client, recordsPerSecond, cpuSecondsPerMillion, callerNanoseconds } =
    run;
  return [
    ...[describe(workload), direction, broker, client, whole(recordsPerSecond)],
    (recordsPerSecond * workload.recordBytes / 1e6).toFixed(1),
    cpuSecondsPerMillion.toFixed(2),
    callerNanoseconds === undefined ? "–" : whole(callerNanoseconds),
    `${(run.othersShare * 100).toFixed(0)} %${isDisturbed(run) ? " *" : ""}`,
  ];
}

/** Whether somebody else had so much of the processors that the figures tell of him, too. */
export function isDisturbed({ othersShare }: ClientRun): boolean {
  return othersShare > MOST_OTHERS_SHARE;
}

interface Group {
  readonly workload: Workload;
  readonly direction: Direction;
  readonly broker: string;
  /** Medians, by client. */
  readonly rates: ReadonlyMap<string, number>;
  readonly callerNanoseconds: number | undefined;
}

function groupsOf(runs: readonly ClientRun[]): Group[] {
  const groups = Map.groupBy(
    runs,
    (run) => JSON.stringify([run.direction, describe(run.workload), run.broker]),
  );
  return [...groups.values()].map((own) => {
    const { workload, direction, broker } = own[0]!;
    const callers = own.flatMap((run) => run.client === OURS ? run.callerNanoseconds ?? [] : []);
    return {
      workload,
      direction,
      broker,
      rates: new Map(
        [...Map.groupBy(own, ({ client }) => client)].map(([client, runs]) => [
          client,
          median(runs.map(({ recordsPerSecond }) => recordsPerSecond)),
        ]),
      ),
      callerNanoseconds: callers.length === 0 ? undefined : median(callers),
    };
  }).sort((a, b) => directions.indexOf(a.direction) - directions.indexOf(b.direction));
}

/** A row for each workload and broker: medians of all clients, and ours as so many times the others'. */
export function summaryTable(runs: readonly ClientRun[]): string {
  const names = [...new Set(runs.map(({ client }) => client))];
  return table(
    [
      ...["direction", "workload", "broker", ...names.map((name) => `records/s: ${name}`)],
      ...["× better JS client", `× ${NATIVE}`, "caller ns/record"],
    ],
    groupsOf(runs).map((group) => [
      ...[group.direction, describe(group.workload), group.broker],
      ...names.map((name) => group.rates.has(name) ? whole(group.rates.get(name)!) : "–"),
      times(timesBetter(group)),
      times(timesNative(group)),
      group.callerNanoseconds === undefined ? "–" : whole(group.callerNanoseconds),
    ]),
  );
}

/** One line for each goal of each row: met or not, and by how much. */
export function goals(runs: readonly ClientRun[]): string[] {
  return groupsOf(runs).flatMap((group) => {
    const { workload, direction, broker, rates, callerNanoseconds } = group;
    const where = `${direction}, ${describe(workload)}, ${broker}`;
    const say = (isMet: boolean, what: string) => `${isMet ? "met " : "MISSED"} ${where}: ${what}`;
    const lines: string[] = [];
    const rate = rates.get(OURS);
    if (rate === undefined) return lines;
    if (direction === "produce" && workload.recordBytes === 100 && workload.codec === "none") {
      lines.push(say(rate >= LEAST_PRODUCED, `${whole(rate)} records/s, goal ${whole(LEAST_PRODUCED)}`));
    }
    const better = timesBetter(group);
    if (better !== undefined) {
      const least = LEAST_TIMES[direction];
      lines.push(say(better >= least, `${times(better)} times the better JavaScript client, goal ${least}`));
    }
    const native = timesNative(group);
    if (native !== undefined) {
      lines.push(say(native >= LEAST_OF_NATIVE, `${times(native)} of ${NATIVE}, goal ${LEAST_OF_NATIVE}`));
    }
    if (direction === "produce" && callerNanoseconds !== undefined) {
      const isMet = callerNanoseconds < MOST_CALLER_NANOSECONDS;
      lines.push(
        say(isMet, `${whole(callerNanoseconds)} ns of the caller's thread, goal ${MOST_CALLER_NANOSECONDS}`),
      );
    }
    return lines;
  });
}

function timesBetter({ rates }: Group): number | undefined {
  const others = OTHERS.flatMap((name) => rates.get(name) ?? []);
  return others.length === 0 || !rates.has(OURS) ? undefined : rates.get(OURS)! / Math.max(...others);
}

function timesNative({ rates }: Group): number | undefined {
  return rates.has(OURS) && rates.has(NATIVE) ? rates.get(OURS)! / rates.get(NATIVE)! : undefined;
}

function times(value: number | undefined): string {
  return value === undefined ? "–" : value.toFixed(2);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
