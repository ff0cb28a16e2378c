/**
 * Timers by name. Most are put off again and again before they are due, as each heartbeat does with a member's session: that costs a
 * number, not a place in the heap. A timer that comes too early for what it was put off to goes to sleep once more.
 * @module
 */
import type { Deadline, Deadlines } from "../../reactor/deadlines.ts";

interface Timer {
  dueMs: number;
  action: () => void;
  deadline: Deadline;
}

export class TimerSet {
  readonly #deadlines: Deadlines;
  readonly #timers = new Map<string, Timer>();

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#timers.size;
  }

  has(name: string): boolean {
    return this.#timers.has(name);
  }

  /** Runs `action` at `dueMs` on the monotonic clock, instead of what the timer was to do before. */
  set(name: string, dueMs: number, action: () => void): void {
    const known = this.#timers.get(name);
    if (known !== undefined && known.deadline.dueMs <= dueMs) {
      known.dueMs = dueMs;
      known.action = action;
      return;
    }
    known?.deadline.cancel();
    const deadline = this.#deadlines.add(dueMs, () => this.#due(name));
    this.#timers.set(name, { dueMs, action, deadline });
  }

  cancel(name: string): void {
    this.#timers.get(name)?.deadline.cancel();
    this.#timers.delete(name);
  }

  cancelAll(): void {
    for (const { deadline } of this.#timers.values()) deadline.cancel();
    this.#timers.clear();
  }

  #due(name: string): void {
    const timer = this.#timers.get(name)!;
    if (timer.dueMs > timer.deadline.dueMs) {
      timer.deadline = this.#deadlines.add(timer.dueMs, () => this.#due(name));
      return;
    }
    this.#timers.delete(name);
    timer.action();
  }
}
