/// <reference lib="deno.worker" />
/**
 * A thread's share of the seeds of `deno task sim` or `deno task sim:groups`.
 * @module
 */
import { runSeeds } from "./run_seeds.ts";
import type { SimulationName } from "./simulations.ts";

export interface Share {
  readonly name: SimulationName;
  readonly from: number;
  readonly count: number;
}

/** How many are done, or which one failed. */
export type News = { readonly done: number } | FailedSeed;

export interface FailedSeed {
  readonly seed: number;
  readonly message: string;
}

const REPORT_EVERY = 50;

self.onmessage = ({ data: { name, from, count } }: MessageEvent<Share>) => {
  const tell = (news: News) => self.postMessage(news);
  const failure = runSeeds(name, from, count, (done) => {
    if (done % REPORT_EVERY === 0 || done === count) tell({ done });
  });
  if (failure !== undefined) {
    const { seed, error } = failure;
    tell({ seed, message: error instanceof Error ? error.stack ?? error.message : String(error) });
  }
  self.close();
};
