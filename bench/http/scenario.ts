/**
 * One thing to measure over HTTP. A scenario is a file in `scenarios/` that exports `scenario`; main.ts runs all there are.
 * @module
 */
import type { MilenaProcess } from "../../tests/support/milena_process.ts";

export interface ScenarioContext {
  readonly milena: MilenaProcess;
  /** http://HOST:PORT of its HTTP port. */
  readonly url: string;
  /** Length of one run. */
  readonly seconds: number;
  /** Runs of each thing that is compared, in an order that turns round. */
  readonly rounds: number;
}

export interface ScenarioTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is to be known to read it, and whether the goal is met. */
  readonly notes: readonly string[];
}

export interface Scenario {
  readonly title: string;
  run(context: ScenarioContext): Promise<ScenarioTable>;
}

export function wholeFigure(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
