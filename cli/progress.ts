/**
 * How far long work is: one line that is written over and cleared at the end, and only where a person watches.
 * @module
 */
import type { Terminal } from "./command.ts";
import { showBytes, showSeconds } from "./units.ts";

const INTERVAL_MS = 200;
/** What ends sooner needs no line. */
const PATIENCE_MS = 500;
const BAR_WIDTH = 20;

export class Progress implements Disposable {
  readonly #status: ((text: string) => void) | undefined;
  readonly #nowMs: () => number;
  readonly #beginMs: number;
  #nextMs: number;
  #isShown = false;

  constructor({ status }: Pick<Terminal, "status">, nowMs = () => performance.now()) {
    this.#status = status;
    this.#nowMs = nowMs;
    this.#beginMs = nowMs();
    this.#nextMs = this.#beginMs + PATIENCE_MS;
  }

  get elapsedSeconds(): number {
    return (this.#nowMs() - this.#beginMs) / 1000;
  }

  update(doneBytes: number, totalBytes: number): void {
    if (this.#status === undefined) return;
    const nowMs = this.#nowMs();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + INTERVAL_MS;
    this.#isShown = true;
    const bytesPerSecond = Math.round(doneBytes / this.elapsedSeconds);
    // A log that is written to meanwhile is longer than it was at the start.
    const left = Math.max(totalBytes - doneBytes, 0);
    const done = totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);
    const share = `${bar(done)} ${(done * 100).toFixed(1)}% of ${showBytes(totalBytes)}`;
    const time = bytesPerSecond === 0 ? "" : `, ${showSeconds(left / bytesPerSecond)} left`;
    this.#status(`${share}, ${showBytes(bytesPerSecond)}/s${time}`);
  }

  clear(): void {
    if (this.#isShown) this.#status?.("");
    this.#isShown = false;
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

/** "[=========>          ]" */
function bar(done: number): string {
  const filled = Math.floor(done * BAR_WIDTH);
  const head = filled < BAR_WIDTH ? ">" : "";
  return `[${("=".repeat(filled) + head).padEnd(BAR_WIDTH)}]`;
}
