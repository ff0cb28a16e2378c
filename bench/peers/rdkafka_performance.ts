/**
 * librdkafka's rdkafka_performance: a light C client, so that on a machine of two cores the broker is what is measured.
 *
 * "Produce failures" in its summary are sends that found its own queue full and were tried again; what was not
 * delivered is what it calls failed. A consumer's time begins with its first record.
 * @module
 */
import { tryCommand } from "../../tests/support/run_command.ts";
import type { Workload } from "./workload.ts";

export interface ClientFigures {
  readonly records: number;
  readonly payloadBytes: number;
  readonly elapsedMs: number;
  readonly recordsPerSecond: number;
}

export interface ProduceFigures extends ClientFigures {
  /** Records whose delivery was reported as an error. */
  readonly failed: number;
  /** Sends that found the client's queue full and were tried again. */
  readonly queueFullRetries: number;
}

/** What a client process did, and the processor time that it took. */
export interface ClientRun<Figures extends ClientFigures> {
  readonly figures: Figures;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** What the client complained of: lines of librdkafka's log. */
  readonly complaints: readonly string[];
}

/** No run of the plan takes a tenth of this: who is still at it hangs. */
const TIMEOUT_MS = 120_000;
// USER_HZ is 100 on every Linux architecture that Deno runs on.
const TICKS_PER_SECOND = 100;

/** Where the program is, whether or not it is there. */
export function rdkafkaPerformancePath(): string {
  const given = Deno.env.get("RDKAFKA_PERFORMANCE");
  if (given !== undefined) return given;
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${Deno.env.get("PEERS_HOME") ?? `${cache}/milena-peers`}/rdperf/rdkafka_performance`;
}

/** Why the program can't be used here; undefined: it can. */
export function whyNoRdkafkaPerformance(): string | undefined {
  const path = rdkafkaPerformancePath();
  try {
    if (Deno.statSync(path).isFile) return undefined;
  } catch {
    // Said below.
  }
  return `rdkafka_performance is not at ${path}: build it by \`peers install rdperf\` (cargo, cmake and a C compiler), ` +
    "or name it by RDKAFKA_PERFORMANCE";
}

/** Its version, such as "2.12.1". */
export async function librdkafkaVersion(): Promise<string> {
  const { stdout, stderr } = await tryCommand(rdkafkaPerformancePath(), []);
  return /librdkafka version (\S+)/.exec(new TextDecoder().decode(stdout) + stderr)?.[1] ?? "unknown";
}

/** Produces the records of `workload` with acks=1. Throws unless every one of them was delivered. */
export async function produce(
  bootstrap: string,
  topic: string,
  workload: Workload,
  signal: AbortSignal,
): Promise<ClientRun<ProduceFigures>> {
  const { recordBytes, records, batchBytes, lingerMs, codec = "none" } = workload;
  const run = await runClient(
    [
      ...["-P", "-q", "-b", bootstrap, "-t", topic, "-a", "1"],
      ...["-s", String(recordBytes), "-c", String(records), "-z", codec],
      ...["-X", `batch.size=${batchBytes}`, "-X", `linger.ms=${lingerMs}`],
    ],
    parseProduced,
    signal,
  );
  const { figures } = run;
  if (figures.failed > 0 || figures.records !== records) {
    throw new Error(
      `${topic} at ${bootstrap}: ${figures.records} of ${records} records delivered, ${figures.failed} failed`,
    );
  }
  return run;
}

/** Consumes from the beginning of every partition until all records of `workload` have come. */
export async function consume(
  bootstrap: string,
  topic: string,
  workload: Workload,
  signal: AbortSignal,
): Promise<ClientRun<ClientFigures>> {
  const { records, partitions } = workload;
  const each = Array.from({ length: partitions }, (_, partition) => ["-p", String(partition)]).flat();
  const run = await runClient(
    [
      ...["-C", "-q", "-b", bootstrap, "-t", topic, "-o", "beginning", "-c", String(records), ...each],
    ],
    parseConsumed,
    signal,
  );
  // It stops between two callbacks, so a few more may have come; a topic has no more than were produced.
  if (run.figures.records !== records) {
    throw new Error(`${topic} at ${bootstrap}: ${run.figures.records} of ${records} records consumed`);
  }
  return run;
}

const producedPattern =
  /^% (\d+) messages produced \(\d+ bytes\), (\d+) delivered \(offset -?\d+, (\d+) failed\) in (\d+)ms: (\d+) msgs\/s and [\d.]+ MB\/s, (\d+) produce failures/gm;

/** Reads the last summary in what a producer printed. */
export function parseProduced(output: string): ProduceFigures {
  const last = [...output.matchAll(producedPattern)].at(-1);
  if (last === undefined) throw new Error(`no summary of a producer in:\n${output.slice(-2000)}`);
  const [tried, delivered, failed, elapsedMs, recordsPerSecond, queueFullRetries] = last.slice(1).map(Number);
  const bytesPerRecord = Number(/\((\d+) bytes\)/.exec(last[0])![1]) / tried!;
  return {
    records: delivered!,
    payloadBytes: delivered! * bytesPerRecord,
    elapsedMs: elapsedMs!,
    recordsPerSecond: recordsPerSecond!,
    failed: failed!,
    queueFullRetries: queueFullRetries!,
  };
}

const consumedPattern = /^% (\d+) messages \((\d+) bytes\) consumed in (\d+)ms: (\d+) msgs\/s/gm;

/** Reads the last summary in what a consumer printed. */
export function parseConsumed(output: string): ClientFigures {
  const last = [...output.matchAll(consumedPattern)].at(-1);
  if (last === undefined) throw new Error(`no summary of a consumer in:\n${output.slice(-2000)}`);
  const [records, payloadBytes, elapsedMs, recordsPerSecond] = last.slice(1).map(Number);
  return {
    records: records!,
    payloadBytes: payloadBytes!,
    elapsedMs: elapsedMs!,
    recordsPerSecond: recordsPerSecond!,
  };
}

/** Lines of librdkafka's log but those it writes for every configuration that rdkafka_performance makes. */
export function complaintsIn(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.trim() !== "" && !line.includes("|CONFWARN|"));
}

async function runClient<Figures extends ClientFigures>(
  args: string[],
  parse: (output: string) => Figures,
  stop: AbortSignal,
): Promise<ClientRun<Figures>> {
  const before = childrenSeconds();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  const { code, signal, stdout, stderr } = await new Deno.Command(rdkafkaPerformancePath(), {
    args,
    stdin: "null",
    signal: AbortSignal.any([stop, timeout.signal]),
  }).output();
  clearTimeout(timer);
  const after = childrenSeconds();
  const output = new TextDecoder().decode(stdout);
  const log = new TextDecoder().decode(stderr);
  if (code !== 0) {
    const how = timeout.signal.aborted ? `no end within ${TIMEOUT_MS} ms` : signal ?? `exit code ${code}`;
    throw new Error(`rdkafka_performance ${args.join(" ")}: ${how}:\n${output}\n${log}`);
  }
  return {
    figures: parse(output),
    userSeconds: after.user - before.user,
    systemSeconds: after.system - before.system,
    complaints: complaintsIn(log),
  };
}

/** Processor time of this process's children that have ended: the one client that runs at a time, and nobody else. */
export function childrenSeconds(): { user: number; system: number } {
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { user: Number(fields[13]) / TICKS_PER_SECOND, system: Number(fields[14]) / TICKS_PER_SECOND };
}
