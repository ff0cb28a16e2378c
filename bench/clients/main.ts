/**
 * `deno task bench:clients`: this project's client beside the others, in one run on one machine.
 *
 * What makes it fair: each run is a process of its own that has warmed up before anything counts; batches of all clients
 * have as many bytes, and as many requests are on their way; the order turns around from round to round; every run is
 * printed. rdkafka_performance sends one message over and over, which lz4 makes next to nothing of: with lz4 it has less
 * to do than the others when it produces.
 * @module
 */
import { fileURLToPath } from "node:url";
import type { BrokerProcess } from "../peers/broker_process.ts";
import { announce, kafkaWith, launch, milena } from "../peers/launchers.ts";
import { librdkafkaVersion, whyNoRdkafkaPerformance } from "../peers/rdkafka_performance.ts";
import { readOptions } from "../peers/read_options.ts";
import { tableRow, tableRule } from "../peers/report.ts";
import { schedule } from "../../cli/perf/schedule.ts";
import { withTopic } from "../peers/topics.ts";
import { Turns } from "../peers/turns.ts";
import { amountsOf, type Client, clients, filledRecords } from "./clients.ts";
import { parseOptions, usage } from "./options.ts";
import { OthersMeter } from "./others_meter.ts";
import { runClient } from "./run_client.ts";
import {
  type ClientRun,
  goals,
  isDisturbed,
  NATIVE,
  OURS,
  runCells,
  runColumns,
  summaryTable,
} from "./summary.ts";
import { allWorkloads, describe, type Direction, directions, type Task, type Workload } from "./workload.ts";
import manifest from "../../deno.json" with { type: "json" };

/** Members of a group need not wait for others that never come. */
const atOnce = { "group.initial.rebalance.delay.ms": "0" };
const QUICK_SCALE = 0.2;
const compiled = fileURLToPath(new URL("../../dist/milena", import.meta.url));

export interface Measuring {
  readonly rounds: number;
  /** Most runs made to get one in which nobody else disturbed. */
  readonly attempts: number;
  readonly partitions: number;
  /** Of how many records clients get in a full run. */
  readonly scale: number;
  readonly turns: Turns;
  readonly signal: AbortSignal;
  readonly onRun: (run: ClientRun) => void;
}

/** Every client with every broker, in one direction. Of runs that were repeated it gives the least disturbed. */
export async function compare(
  brokers: readonly BrokerProcess[],
  compared: readonly Client[],
  workload: Workload,
  direction: Direction,
  measuring: Measuring,
): Promise<ClientRun[]> {
  const { rounds, attempts, partitions, scale, turns, signal, onRun } = measuring;
  const pairs = compared.filter(({ thousands }) => thousands[direction] > 0)
    .flatMap((client) => brokers.map((broker) => ({ client, broker })));
  const runs: ClientRun[] = [];
  const measure = async (client: Client, broker: BrokerProcess, topic: string) => {
    const task: Task = {
      ...{ ...workload, ...amountsOf(client, direction, workload, scale) },
      ...{ client: client.name, direction, bootstrap: broker.bootstrap, topic, partitions },
    };
    const tried: ClientRun[] = [];
    do {
      const run = await turns.take(async () => {
        const others = new OthersMeter(brokers);
        const figures = await runClient(task, signal);
        return {
          ...{ workload, direction, broker: broker.name, client: client.name },
          ...figures,
          othersShare: others.share(),
        };
      });
      onRun(run);
      tried.push(run);
    } while (isDisturbed(tried.at(-1)!) && tried.length < attempts);
    runs.push(tried.reduce((least, run) => run.othersShare < least.othersShare ? run : least));
  };
  if (direction === "produce") {
    for (const { client, broker } of schedule(pairs, rounds)) {
      await withTopic(broker, partitions, (topic) => measure(client, broker, topic));
    }
    return runs;
  }
  await withFilledTopics(brokers, workload, measuring, async (topics) => {
    for (const { client, broker } of schedule(pairs, rounds)) {
      await measure(client, broker, topics.get(broker)!);
    }
  });
  return runs;
}

/** A topic of each broker with as much in it as any client reads. */
async function withFilledTopics(
  brokers: readonly BrokerProcess[],
  workload: Workload,
  measuring: Measuring,
  use: (topics: ReadonlyMap<BrokerProcess, string>) => Promise<void>,
  filled: ReadonlyMap<BrokerProcess, string> = new Map(),
): Promise<void> {
  const broker = brokers[filled.size];
  if (broker === undefined) return await use(filled);
  const { partitions, scale, signal } = measuring;
  await withTopic(broker, partitions, async (topic) => {
    const records = filledRecords(workload, scale);
    const fill = { ...workload, client: OURS, direction: "produce", records, warmUp: 0 } as const;
    await runClient({ ...fill, bootstrap: broker.bootstrap, topic, partitions }, signal);
    await withFilledTopics(brokers, workload, measuring, use, new Map([...filled, [broker, topic]]));
  });
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, parseOptions, usage);
  if (typeof options === "number") return options;
  const workloads = allWorkloads.filter((workload) => describe(workload).includes(options.only));
  if (workloads.length === 0) {
    console.error(
      `no workload has "${options.only}" in it; they are: ${allWorkloads.map(describe).join("; ")}`,
    );
    return 1;
  }
  const whyNoNative = whyNoRdkafkaPerformance();
  if (whyNoNative !== undefined) console.error(`without ${NATIVE}: ${whyNoNative}`);
  const compared = clients.filter(({ name }) => name !== NATIVE || whyNoNative === undefined);
  const binary = options.milena ?? (exists(compiled) ? compiled : undefined);
  const launchers = [milena(binary), ...options.milenaOnly ? [] : [kafkaWith(atOnce)]];
  await announce(launchers);
  const { imports } = manifest;
  for (const name of ["kafkajs", "@platformatic/kafka", "lz4-napi"] as const) console.log(imports[name]);
  if (whyNoNative === undefined) console.log(`librdkafka ${await librdkafkaVersion()}`);

  await using running = new AsyncDisposableStack();
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => {
      interrupted.abort();
      void running.disposeAsync().finally(() => Deno.exit(1));
    });
  }
  const brokers: BrokerProcess[] = [];
  for (const launcher of launchers) brokers.push(running.use(await launch(launcher)));
  const widths = runColumns.map((title) => title.length);
  console.log(`\n${tableRow(runColumns, widths)}\n${tableRule(widths)}`);
  const measuring: Measuring = {
    rounds: options.rounds,
    attempts: options.attempts,
    partitions: options.partitions,
    scale: options.quick ? QUICK_SCALE : 1,
    turns: new Turns(options.lock),
    signal: interrupted.signal,
    onRun: (run) => console.log(tableRow(runCells(run), widths)),
  };
  const runs: ClientRun[] = [];
  for (const direction of directions) {
    if (direction !== (options.direction ?? direction)) continue;
    for (const workload of workloads) {
      runs.push(...await compare(brokers, compared, workload, direction, measuring));
    }
  }
  if (runs.some(isDisturbed)) console.log("\n*: somebody else had more than a little of the processors.");
  console.log(`\nMedians\n\n${summaryTable(runs)}\n\nGoals\n\n${goals(runs).join("\n")}`);
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, `${JSON.stringify(runs, undefined, 2)}\n`);
  }
  return 0;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
