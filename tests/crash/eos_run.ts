/**
 * Exactly once under fire: two transformers of a real client library read one topic and write another, each in transactions
 * that hold their offsets too, while the broker is killed again and again. In the end the output has each record of the
 * input once.
 *
 * A record of the input is known by its partition and offset, so the input itself may hold doubles.
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { createTopic } from "../support/create_topic.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { python, pythonWith } from "../support/python_environment.ts";
import { SeededRandom } from "../support/random.ts";
import type { Requirement } from "../support/requirement.ts";
import { runCommand } from "../support/run_command.ts";

export const eosNeeds: readonly Requirement[] = [await pythonWith("confluent-kafka")];

const SOURCE = "eos-in";
const TARGET = "eos-out";
const GROUP = "eos";
const PARTITIONS = 4;
const RECORDS_PER_ROUND = 250;
/** Long enough for a transaction whose producer is gone to run out of time. */
const FINISH_WITHIN_MS = 90_000;
const PROGRESS_WITHIN_MS = 60_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export interface EosRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (line: string) => void;
}

export interface EosFigures {
  readonly kills: number;
  readonly seconds: number;
  readonly input: number;
  readonly output: number;
  readonly committed: number;
  readonly givenUp: number;
}

/** Throws if the output lacks a record of the input or has one twice, or if it does not come to an end. */
export async function eosRun(options: EosRunOptions): Promise<EosFigures> {
  const settings = {
    "group.initial.rebalance.delay.ms": "0",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    ...options.settings,
  };
  await using broker = await startMilena({ settings });
  try {
    return await new EosRun(broker, options).run();
  } catch (error) {
    const said = broker.stderr.slice(-3000);
    throw new Error(`seed ${options.seed}: ${String(error)}\nthe broker said:\n${said}`, { cause: error });
  }
}

class EosRun {
  readonly #broker: MilenaProcess;
  readonly #options: EosRunOptions;
  readonly #random: SeededRandom;
  readonly #input = new Array<number>(PARTITIONS).fill(0);

  constructor(broker: MilenaProcess, options: EosRunOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  async run(): Promise<EosFigures> {
    const begin = performance.now();
    await this.#withConnection(async (connection) => {
      await createTopic(connection, SOURCE, { partitionCount: PARTITIONS });
      await createTopic(connection, TARGET, { partitionCount: PARTITIONS });
    });
    await using stack = new AsyncDisposableStack();
    const transformers = ["one", "two"].map((name) =>
      stack.use(new Transformer(this.#broker.bootstrap, `eos-${name}`))
    );
    await this.#addInput();
    await this.#progress(transformers);
    for (let kill = 1; kill <= this.#options.kills; kill++) {
      await this.#round(transformers);
      if (kill % 10 === 0) {
        const committed = sum(transformers.map(({ committed }) => committed));
        this.#options.say?.(
          `${kill} kills, ${sum(this.#input)} records, ${committed} transactions committed`,
        );
      }
    }
    await this.#untilRead(transformers);
    await Promise.all(transformers.map((transformer) => transformer.stop()));
    const output = await this.#checkOutput();
    // What is on disk says the same.
    await this.#broker.restart();
    assert.equal(await this.#checkOutput(), output);
    return {
      kills: this.#options.kills,
      seconds: (performance.now() - begin) / 1000,
      input: sum(this.#input),
      output,
      committed: sum(transformers.map(({ committed }) => committed)),
      givenUp: sum(transformers.map(({ givenUp }) => givenUp)),
    };
  }

  async #round(transformers: readonly Transformer[]): Promise<void> {
    await this.#addInput();
    // Mostly in the midst of transactions; sometimes while the clients are still on their way back.
    if (this.#random.below(5) > 0) await this.#progress(transformers);
    await pause(this.#random.below(200));
    await this.#broker.kill9();
    await this.#broker.start();
  }

  #addInput(): Promise<void> {
    const records = Array.from({ length: RECORDS_PER_ROUND }, () => ({
      timestamp: Date.now(),
      value: new TextEncoder().encode("input"),
    }));
    return this.#withConnection(async (connection) => {
      const partitionData = this.#input.map((_, index) => ({ index, records: encodeBatch(records) }));
      const { responses } = await connection.request(api.Produce, {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [{ name: SOURCE, partitionData }],
      }, { maxVersion: 12 });
      for (const { index, errorCode, baseOffset } of responses[0]!.partitionResponses) {
        assert.equal(errorCode, 0);
        this.#input[index] = baseOffset + RECORDS_PER_ROUND;
      }
    });
  }

  /** Until a transaction more was committed than now. */
  async #progress(transformers: readonly Transformer[]): Promise<void> {
    const before = sum(transformers.map(({ committed }) => committed));
    await until(PROGRESS_WITHIN_MS, () => {
      return sum(transformers.map(({ committed }) => committed)) > before
        ? undefined
        : `no transaction was committed; ${transformers.map(({ last }) => last).join("; ")}`;
    });
  }

  /** Until the group has committed all of the input. */
  async #untilRead(transformers: readonly Transformer[]): Promise<void> {
    await this.#withConnection((connection) =>
      until(FINISH_WITHIN_MS, async () => {
        const partitionIndexes = this.#input.map((_, index) => index);
        const { groups } = await connection.request(api.OffsetFetch, {
          groups: [{
            groupId: GROUP,
            memberId: null,
            memberEpoch: -1,
            topics: [{ name: SOURCE, partitionIndexes }],
          }],
          requireStable: false,
        }, { maxVersion: 9 });
        const committed = groups[0]!.topics[0]?.partitions.map(({ committedOffset }) => committedOffset) ??
          [];
        return committed.length === PARTITIONS && committed.every((offset, at) => offset === this.#input[at])
          ? undefined
          : `of ${this.#input.join(", ")} records ${committed.join(", ")} are done; ${
            transformers.map(({ last }) => last).join("; ")
          }`;
      })
    );
  }

  /** Returns how many records the output has. */
  async #checkOutput(): Promise<number> {
    const { stdout } = await runCommand(
      python,
      [script("./eos_reader.py"), this.#broker.bootstrap, TARGET, String(PARTITIONS)],
      { timeoutMs: 60_000 },
    );
    const seen = this.#input.map((count) => new Uint8Array(count));
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    for (const line of lines) {
      const [at, from, offset] = line.split(" ").map(Number) as [number, number, number];
      assert.equal(at, from, `a record of partition ${from} is in ${at}`);
      seen[from]![offset]!++;
    }
    const wrong = seen.flatMap((counts, partition) =>
      [...counts.entries()].filter(([, count]) => count !== 1)
        .map(([offset, count]) => `${partition}@${offset} ${count} times`)
    );
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} records are not there exactly once`);
    return lines.length;
  }

  async #withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    using connection = await Connection.connect({ address: this.#broker.kafka, clientId: "eos" });
    return await work(connection);
  }
}

/** A process of the client library. */
class Transformer implements AsyncDisposable {
  committed = 0;
  givenUp = 0;
  /** What it said last of a transaction that it gave up. */
  last = "nothing was given up";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #saying: Promise<string>;
  #isDone = false;

  constructor(bootstrap: string, transactionalId: string) {
    this.#child = new Deno.Command(python, {
      args: [script("./eos_transformer.py"), bootstrap, GROUP, SOURCE, TARGET, transactionalId],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = this.#read();
    this.#saying = new Response(this.#child.stderr).text();
    void this.#child.status.then(() => this.#isDone = true);
  }

  async stop(): Promise<void> {
    await this.#child.stdin.close();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), FINISH_WITHIN_MS);
    const { code, signal } = await this.#child.status;
    clearTimeout(timer);
    await this.#reading;
    if (code !== 0) throw new Error(`a transformer ended with ${signal ?? code}: ${await this.#saying}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isDone) this.#child.kill("SIGKILL");
    await this.#child.status;
    await Promise.allSettled([this.#reading, this.#saying, this.#child.stdin.close()]);
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith("c ")) this.committed++;
        else {
          this.givenUp++;
          this.last = line;
        }
      }
    }
  }
}

/** Waits until `problem` finds none. */
async function until(
  withinMs: number,
  problem: () => string | undefined | Promise<string | undefined>,
): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await problem();
    if (found === undefined) return;
    if (performance.now() > end) throw new Error(`after ${withinMs} ms: ${found}`);
    await pause(20);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
