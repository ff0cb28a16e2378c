/**
 * Takes samples, one after the other, and makes figures of them. A sample that fails is told of and tried again: a cluster
 * that was away is there again as soon as it is.
 * @module
 */
import { sleep } from "../../client/retrying.ts";
import { type Figures, figuresOf } from "./figures.ts";
import type { Sample } from "./sample.ts";
import type { TopEvent } from "./state.ts";
import { sentenceOf } from "./take_sample.ts";

export interface SamplerOptions {
  readonly intervalMs: number;
  readonly isPaused: () => boolean;
  readonly tell: (event: TopEvent) => void;
  readonly signal: AbortSignal;
}

/** After the first sample, which has no rates, and after one that failed, the next does not wait longer than this. */
const SOON_MS = 1000;

/** Returns when `signal` is aborted. */
export async function sampleOn(take: () => Promise<Sample>, options: SamplerOptions): Promise<void> {
  const { intervalMs, tell, signal } = options;
  let figures: Figures | undefined;
  while (!signal.aborted) {
    let waitMs = intervalMs;
    if (!options.isPaused()) {
      tell({ kind: "asked", atMs: performance.now() });
      try {
        if (figures === undefined) waitMs = Math.min(waitMs, SOON_MS);
        figures = figuresOf(await take(), figures);
        tell({ kind: "answered", figures, atMs: performance.now() });
      } catch (error) {
        waitMs = Math.min(waitMs, SOON_MS);
        tell({ kind: "failed", message: sentenceOf(error), atMs: performance.now() });
      }
    }
    await sleep(waitMs, signal);
  }
}
