/**
 * Exactly once under fire: two workers consume, transform and produce in transactions, while a producer writes their input and
 * the broker is killed again and again; workers are killed too, and their successors fence what they may have left. In the end
 * the output holds each record of the input once, in order.
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createTopic } from "../clients/topic.ts";
import { closeConfluent, confluentOffsets, confluentPython, confluentRead } from "../clients/confluent.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { SeededRandom } from "../support/random.ts";
import { clientKinds, ClientProducer } from "./client_producer.ts";
import { modes } from "./crash_run.ts";
import { History } from "./history.ts";

const PARTITIONS = 4;
const WORKERS = 2;
/** After 40 records. */
const INPUT_PAUSE_SECONDS = 0.03;
const PROGRESS_WITHIN_MS = 60_000;
const FENCED = 3;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export interface EosRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

export interface EosFigures {
  readonly kills: number;
  readonly workerKills: number;
  readonly records: number;
  readonly committedTransactions: number;
  readonly abortedTransactions: number;
  readonly seconds: number;
}

/** Throws if a record is missing in the output, there twice, or out of order. */
export async function eosRun(options: EosRunOptions): Promise<EosFigures> {
  await using broker = await startMilena();
  try {
    return await new EosRun(broker, options).run();
  } catch (error) {
    throw new Error(
      `seed ${options.seed}: ${String(error)}\nthe broker said:\n${broker.stderr.slice(-3000)}`,
      {
        cause: error,
      },
    );
  } finally {
    await closeConfluent();
  }
}

/** A worker that is started again when it ends. */
class Worker implements AsyncDisposable {
  committed = 0;
  aborted = 0;
  readonly #args: readonly string[];
  #child!: Deno.ChildProcess;
  #running!: Promise<void>;
  #isStopping = false;
  readonly problems: string[] = [];

  constructor(args: readonly string[]) {
    this.#args = [fileURLToPath(new URL("./eos_worker.py", import.meta.url)), ...args];
    this.#start();
  }

  #start(): void {
    this.#child = new Deno.Command(confluentPython.python, {
      args: [...this.#args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#running = this.#follow(this.#child);
  }

  async #follow(child: Deno.ChildProcess): Promise<void> {
    const complaints = new Response(child.stderr).text();
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("c ")) this.committed++;
        else this.aborted++;
      }
    }
    const { code, signal } = await child.status;
    const said = await complaints;
    if (this.#isStopping) return;
    if (code !== FENCED && signal !== "SIGKILL") {
      this.problems.push(`a worker ended with ${code}: ${said.slice(-1000)}`);
    }
    this.#start();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.#child.kill("SIGKILL");
    await this.#running;
    await this.#child.stdin.close().catch(() => {});
  }
}

class EosRun {
  readonly #broker: MilenaProcess;
  readonly #options: EosRunOptions;
  readonly #random: SeededRandom;
  #kills = 0;
  #workerKills = 0;

  constructor(broker: MilenaProcess, options: EosRunOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  async run(): Promise<EosFigures> {
    const begin = performance.now();
    const { bootstrap } = this.#broker;
    const source = await createTopic(bootstrap, "eos-source", { partitions: PARTITIONS });
    const target = await createTopic(bootstrap, "eos-target", { partitions: PARTITIONS });
    await using stack = new AsyncDisposableStack();
    const history = new History();
    const kind = clientKinds.find(({ name }) => name === "confluent-kafka")!;
    const slowly = { ...kind, environment: { PAUSE_SECONDS: String(INPUT_PAUSE_SECONDS) } };
    const input = stack.use(
      new ClientProducer(slowly, { bootstrap, topic: source, partitionCount: PARTITIONS }, history),
    );
    const workers = Array.from(
      { length: WORKERS },
      (_, index) =>
        stack.use(new Worker([bootstrap, source, target, `${source}-group`, `${source}-${index}`])),
    );
    const committed = () => workers.reduce((sum, { committed }) => sum + committed, 0);
    await this.#untilMoreThan(0, committed);
    while (this.#kills < this.#options.kills) {
      // Mostly they are at work when the kill comes; sometimes still on their way back.
      if (this.#random.below(4) > 0) await this.#untilMoreThan(committed(), committed);
      await pause(this.#random.below(400));
      if (this.#random.below(6) === 0) {
        this.#workerKills++;
        this.#random.pick(workers).kill();
        continue;
      }
      await this.#broker.kill9();
      this.#broker.configure(this.#random.pick(modes).options);
      await this.#broker.start();
      this.#kills++;
      if (this.#kills % 10 === 0) {
        this.#options.say?.(`${this.#kills} kills, ${committed()} transactions committed`);
      }
    }
    await input.stop();
    const expected = await this.#all(source);
    await this.#untilDone(target, expected.map(({ length }) => length), committed);
    const output = await this.#all(target);
    for (const [partition, values] of expected.entries()) {
      const wanted = values.map((value, offset) => `${partition}/${offset} ${value}`);
      assert.deepEqual(findings(output[partition]!, wanted), [], `partition ${partition}`);
    }
    for (const { problems } of workers) assert.deepEqual(problems, []);
    return {
      kills: this.#kills,
      workerKills: this.#workerKills,
      records: expected.reduce((sum, { length }) => sum + length, 0),
      committedTransactions: committed(),
      abortedTransactions: workers.reduce((sum, { aborted }) => sum + aborted, 0),
      seconds: (performance.now() - begin) / 1000,
    };
  }

  /** Values of what is committed in each partition. */
  async #all(topic: string): Promise<string[][]> {
    const decoder = new TextDecoder();
    const places = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }));
    const read = await confluentRead(this.#broker.bootstrap, places);
    return read.map((records) => records.map(({ value }) => decoder.decode(value!)));
  }

  async #untilMoreThan(count: number, current: () => number): Promise<void> {
    for (const until = performance.now() + PROGRESS_WITHIN_MS; performance.now() < until;) {
      if (current() > count) return;
      await pause(20);
    }
    throw new Error(`no transaction was committed within ${PROGRESS_WITHIN_MS / 1000} s, after ${count}`);
  }

  /** Until the output has as many committed records as the input. */
  async #untilDone(target: string, counts: readonly number[], committed: () => number): Promise<void> {
    for (;;) {
      const before = committed();
      const read = await this.#all(target);
      if (read.every(({ length }, partition) => length >= counts[partition]!)) break;
      await this.#untilMoreThan(before, committed);
    }
    // Nothing more comes, nor is a transaction left open.
    for (let partition = 0; partition < counts.length; partition++) {
      await confluentOffsets({ bootstrap: this.#broker.bootstrap, topic: target, partition }, 0);
    }
  }
}

/** How `found` differs from `wanted`, in a few words. */
function findings(found: readonly string[], wanted: readonly string[]): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const value of found) {
    if (seen.has(value)) problems.push(`${value} is there twice`);
    seen.add(value);
  }
  for (const value of wanted) if (!seen.has(value)) problems.push(`${value} is missing`);
  if (problems.length === 0) {
    const at = wanted.findIndex((value, index) => found[index] !== value);
    if (at >= 0 || found.length !== wanted.length) problems.push(`out of order at ${at}: ${found[at]}`);
  }
  return problems.slice(0, 10);
}
