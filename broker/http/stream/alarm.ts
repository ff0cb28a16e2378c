/**
 * Rings at a deadline that is put off more often than it comes: a thousand streams wait anew at each record, and a timer for
 * each wait is much of what a record costs.
 *
 * What must be true: it rings no later than the deadline that was set last, and perhaps once before.
 * @module
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** `deadline` by performance.now(). */
  set(deadline: number): void {
    if (this.#dueMs <= deadline) return;
    this.clear();
    this.#dueMs = deadline;
    this.#timer = setTimeout(() => {
      this.#dueMs = Infinity;
      this.#ring();
    }, Math.max(0, Math.ceil(deadline - performance.now())));
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#dueMs = Infinity;
  }
}
