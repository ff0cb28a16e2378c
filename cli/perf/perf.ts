/**
 * `milena perf`: measures each cluster in turn, and tells what has come of it.
 * @module
 */
import process from "node:process";
import { SOFTWARE_VERSION } from "../../client/connection.ts";
import { CommandFailure, ExitCode, type Invocation, type Terminal } from "../command.ts";
import { formatOf, printResult } from "../output/format.ts";
import { Interrupt, INTERRUPTED } from "../interrupt.ts";
import { reachCluster } from "../reach_cluster.ts";
import { showCount, showMany } from "../units.ts";
import { ClientConfigs } from "./client_configs.ts";
import { commandLine } from "./command_line.ts";
import { consumeRun } from "./consume.ts";
import { latencyProducer, latencyRun } from "./latency.ts";
import { thisMachine } from "./machine.ts";
import { Payload } from "./payload.ts";
import { describeJob, type PerfJob } from "./perf_job.ts";
import { type PerfOptions, perfOptions } from "./perf_options.ts";
import { PerfProgress } from "./perf_progress.ts";
import { produceRun } from "./produce.ts";
import { reportPage } from "./report/page.ts";
import { ReportFile } from "./report_file.ts";
import type { PerfResult, RunResult, Subject } from "./result.ts";
import { schedule } from "./schedule.ts";
import { failuresOf, summaryText } from "./summary.ts";
import { findUsage, type Target, targetsOf } from "./targets.ts";

const runs: Readonly<Record<Subject, (job: PerfJob) => Promise<RunResult>>> = {
  produce: produceRun,
  consume: consumeRun,
  latency: latencyRun,
};

/** The same bodies each time: two measurements of compression are about the same bytes. */
const PAYLOAD_SEED = 1;

export async function perf(subject: Subject, invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  formatOf(invocation);
  const options = perfOptions(subject, flags);
  const configs = ClientConfigs.of(invocation, options.compression);
  const targets = targetsOf(flags, configs.bootstrap);
  // Opened before an hour of measuring, not after it.
  using file = options.report === undefined ? undefined : ReportFile.create(options.report);
  const date = new Date().toISOString();
  const results: RunResult[] = [];
  let failure: unknown;
  try {
    await measureAll(subject, { targets, configs, options, terminal }, results);
  } catch (error) {
    // An hour of runs is not lost because the last one was.
    if (results.length === 0) throw error;
    failure = error;
  }
  const result: PerfResult = {
    subject,
    commandLine: commandLine(process.argv.slice(2)),
    date,
    machine: await thisMachine(),
    versions: {
      Client: `Milena ${SOFTWARE_VERSION}`,
      Runtime: `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    },
    ...describe(subject, options, configs),
    runs: results,
  };
  printResult(invocation, {
    value: JSON.parse(JSON.stringify(result)),
    text: (style) => summaryText(result, style),
  });
  if (file !== undefined) {
    file.write(reportPage(result));
    terminal.report(`milena: the report is in ${file.path}`);
  }
  if (failure !== undefined) throw failure;
  const failures = failuresOf(result);
  // In the table they are to be seen already.
  if (formatOf(invocation) !== "table") {
    for (const failure of failures) terminal.report(`milena: ${failure}`);
  }
  return failures.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
}

interface Plan {
  readonly targets: readonly Target[];
  readonly configs: ClientConfigs;
  readonly options: PerfOptions;
  readonly terminal: Terminal;
}

/** Adds each run to `results` when it is done. Throws a {@link CommandFailure} for one that does not come to its end. */
async function measureAll(
  subject: Subject,
  { targets, configs, options, terminal }: Plan,
  results: RunResult[],
): Promise<void> {
  const { recordBytes, payload: kind } = options;
  const payload = new Payload({ kind, recordBytes, seed: PAYLOAD_SEED });
  using interrupt = new Interrupt(() =>
    terminal.report("taking away what was made for this run; Ctrl-C again ends at once")
  );
  using progress = new PerfProgress(terminal);
  const sources = new Map<Target, Awaited<ReturnType<typeof findUsage>>>();
  for (const target of schedule(targets, options.runs)) {
    if (!sources.has(target)) sources.set(target, await findUsage(target));
    const job: PerfJob = {
      broker: target.name,
      round: results.filter(({ broker }) => broker === target.name).length + 1,
      configs: configs.at(target.bootstrap),
      options,
      payload,
      usage: sources.get(target),
      progress,
      signal: interrupt.signal,
    };
    try {
      results.push(await reachCluster(target.bootstrap, () => runs[subject](job)));
    } catch (error) {
      progress.end();
      if (interrupt.isRequested) {
        throw new CommandFailure(`${describeJob(job, "interrupted")}, nothing is left behind`, INTERRUPTED);
      }
      if (error instanceof CommandFailure) throw error;
      throw new CommandFailure(describeJob(job, error instanceof Error ? error.message : String(error)));
    }
  }
}

function describe(
  subject: Subject,
  options: PerfOptions,
  configs: ClientConfigs,
): Pick<PerfResult, "workload" | "setup"> {
  const usual = subject === "latency" ? latencyProducer : {};
  const { topic, records, seconds, recordBytes, rate, payload, partitions, warmUp } = options;
  const sends = subject !== "consume" || topic === undefined;
  const compression = configs.producerValue("compression.type");
  const size = showMany(recordBytes, "byte");
  const of = sends ? ` of ${size}` : "";
  const amount = records === Infinity
    ? `records${of} for ${seconds} s`
    : `${showMany(records, "record")}${of}`;
  const parts = [
    topic === undefined ? amount : `${amount}, topic ${topic}`,
    ...topic === undefined ? [showMany(partitions, "partition")] : [],
    ...sends ? [compression === "none" ? "not compressed" : compression] : [],
    ...rate === 0 ? [] : [`${showCount(rate)} a second`],
  ];
  return {
    workload: parts.join(", "),
    setup: {
      ...sends ? { "Record size": size, Payload: payload, Compression: compression } : {},
      ...sends
        ? {
          "batch.size": showMany(configs.producerValue("batch.size"), "byte"),
          "linger.ms": String(configs.producerValue("linger.ms", usual)),
          acks: configs.producerValue("acks"),
          "enable.idempotence": configs.producerValue("enable.idempotence") ? "true" : "false",
        }
        : {},
      "Warm-up": showMany(warmUp, "record"),
    },
  };
}
