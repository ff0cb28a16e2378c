/**
 * `deno task sim`, `deno task sim:groups`: many seeds of a simulation, on as many threads as there are cores. Says how far it is, and at which seed
 * a simulation failed; that seed brings the same failure again.
 *
 *     deno task sim [--seeds 20000] [--from 1] [--threads N] [--of log|groups|consumer|transactions|broker]
 * @module
 */
import { parseArgs } from "node:util";
import type { FailedSeed, News, Share } from "./seeds_worker.ts";
import { type SimulationName, simulations } from "./simulations.ts";

const TELL_EVERY_MS = 10_000;

/** Says how far all threads are together. */
class Progress {
  readonly #seeds: number;
  readonly #done = new Map<number, number>();
  readonly #started = performance.now();
  #told = this.#started;

  constructor(seeds: number) {
    this.#seeds = seeds;
  }

  get seconds(): number {
    return Math.round((performance.now() - this.#started) / 1000);
  }

  note(thread: number, done: number): void {
    this.#done.set(thread, done);
    if (performance.now() - this.#told < TELL_EVERY_MS) return;
    this.#told = performance.now();
    const sum = [...this.#done.values()].reduce((sum, each) => sum + each, 0);
    console.log(`${sum} of ${this.#seeds} seeds after ${this.seconds} s`);
  }
}

function runShare(share: Share, onDone: (done: number) => void): Promise<FailedSeed | undefined> {
  const ended = Promise.withResolvers<FailedSeed | undefined>();
  const worker = new Worker(new URL("./seeds_worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<News>) => {
    if ("seed" in data) return ended.resolve(data);
    onDone(data.done);
    if (data.done === share.count) ended.resolve(undefined);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    ended.resolve({ seed: share.from, message: `the thread from this seed on broke down: ${event.message}` });
  };
  worker.postMessage(share);
  return ended.promise;
}

function isSimulation(name: string): name is SimulationName {
  return Object.hasOwn(simulations, name);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      of: { type: "string", default: "log" },
      seeds: { type: "string", default: "20000" },
      from: { type: "string", default: "1" },
      threads: { type: "string", default: String(navigator.hardwareConcurrency) },
    },
  });
  if (!isSimulation(values.of)) {
    console.error(`--of is one of ${Object.keys(simulations).join(", ")}`);
    return 2;
  }
  const name = values.of;
  const numbers = [values.seeds, values.from, values.threads].map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
    console.error("--seeds, --from and --threads are whole numbers above 0");
    return 2;
  }
  const [seeds, from, threads] = numbers as [number, number, number];
  const progress = new Progress(seeds);
  const share = Math.ceil(seeds / threads);
  const shares: Share[] = [];
  for (let start = 0; start < seeds; start += share) {
    shares.push({ name, from: from + start, count: Math.min(share, seeds - start) });
  }
  const outcomes = await Promise.all(
    shares.map((share, thread) => runShare(share, (done) => progress.note(thread, done))),
  );
  const failed = outcomes.filter((outcome) => outcome !== undefined);
  for (const { seed, message } of failed) {
    console.error(
      `seed ${seed} fails; deno task sim --of ${name} --from ${seed} --seeds 1 brings it again:\n${message}`,
    );
  }
  if (failed.length > 0) return 1;
  console.log(`${seeds} seeds from ${from} on agree with the model of ${name}; ${progress.seconds} s`);
  return 0;
}

Deno.exit(await main());
