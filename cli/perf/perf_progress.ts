/**
 * How a run goes, for whoever watches: a line that is written over once a second on a terminal, and elsewhere, as in the
 * log of a job, one line each five seconds.
 * @module
 */
import type { Terminal } from "../command.ts";
import { shortBytes, shortCount, shortMs } from "./report/numbers.ts";

export interface Standing {
  /** "Milena, run 1 of 3: sending". */
  readonly what: string;
  readonly records: number;
  readonly bytes: number;
  /** Of all latencies so far; undefined: they are not measured. */
  readonly p99Ms?: number | undefined;
}

const TERMINAL_MS = 1000;
const LOG_MS = 5000;

export class PerfProgress implements Disposable {
  readonly #terminal: Pick<Terminal, "status" | "report">;
  readonly #timer: ReturnType<typeof setInterval>;
  #standing: (() => Standing) | undefined;
  #before: Standing | undefined;
  #beforeMs = 0;

  constructor(terminal: Pick<Terminal, "status" | "report">) {
    this.#terminal = terminal;
    this.#timer = setInterval(() => this.show(), terminal.status === undefined ? LOG_MS : TERMINAL_MS);
  }

  /** Asks `standing` from now on. */
  begin(standing: () => Standing): void {
    this.#standing = standing;
    this.#before = standing();
    this.#beforeMs = performance.now();
  }

  /** Nothing to tell until the next begin. */
  end(): void {
    this.#standing = undefined;
    this.#terminal.status?.("");
  }

  show(nowMs = performance.now()): void {
    if (this.#standing === undefined) return;
    const now = this.#standing();
    const text = progressText(now, this.#before!, (nowMs - this.#beforeMs) / 1000);
    this.#before = now;
    this.#beforeMs = nowMs;
    if (this.#terminal.status === undefined) this.#terminal.report(text);
    else this.#terminal.status(text);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.end();
  }
}

/** `seconds` lie between the two. */
export function progressText(now: Standing, before: Standing, seconds: number): string {
  const rate = (figure: (standing: Standing) => number) =>
    Math.max(0, figure(now) - figure(before)) / seconds;
  const parts = [
    `${shortCount(now.records)} records`,
    `${shortCount(rate(({ records }) => records))} records/s`,
    `${shortBytes(rate(({ bytes }) => bytes))}/s`,
    ...now.p99Ms === undefined ? [] : [`p99 ${shortMs(now.p99Ms)}`],
  ];
  return `${now.what}: ${parts.join(", ")}`;
}
