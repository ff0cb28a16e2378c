/**
 * What is to happen at a time: a binary heap by due time. The reactor sleeps until the first is due.
 *
 * Most deadlines are cancelled (a fetch is woken by data long before its wait is over), and may be far off, so the
 * heap is cleaned as soon as more than half of it is cancelled: its size stays in proportion to what is live.
 * @module
 */

const CLEAN_FROM = 64;

/** Handed out by {@link Deadlines.add}; `cancel()` is cheap and may be called at any time, also twice. */
export class Deadline {
  #action: (() => void) | undefined;
  readonly #onCancel: () => void;

  constructor(readonly dueMs: number, action: () => void, onCancel: () => void) {
    this.#action = action;
    this.#onCancel = onCancel;
  }

  get isLive(): boolean {
    return this.#action !== undefined;
  }

  cancel(): void {
    if (this.#action === undefined) return;
    this.#action = undefined;
    this.#onCancel();
  }

  /** For {@link Deadlines}: runs the action, once. */
  run(): void {
    const action = this.#action;
    this.#action = undefined;
    action?.();
  }
}

export class Deadlines {
  #heap: Deadline[] = [];
  #cancelledCount = 0;
  readonly #onCancel = () => {
    this.#cancelledCount++;
    if (this.#cancelledCount > CLEAN_FROM && this.#cancelledCount * 2 > this.#heap.length) this.#clean();
  };

  /** Entries held, live or not yet cleaned. */
  get size(): number {
    return this.#heap.length;
  }

  /** `dueMs` is on the reactor's monotonic clock. */
  add(dueMs: number, action: () => void): Deadline {
    const deadline = new Deadline(dueMs, action, this.#onCancel);
    this.#heap.push(deadline);
    this.#rise(this.#heap.length - 1);
    return deadline;
  }

  /** When the first live one is due; undefined if there is none. */
  nextMs(): number | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.isLive) {
      this.#removeFirst();
      this.#cancelledCount--;
    }
    return this.#heap[0]?.dueMs;
  }

  /** Runs all that are due at `nowMs`, earliest first. */
  runDue(nowMs: number): void {
    for (let next = this.nextMs(); next !== undefined && next <= nowMs; next = this.nextMs()) {
      this.#removeFirst().run();
    }
  }

  #clean(): void {
    this.#heap = this.#heap.filter((deadline) => deadline.isLive);
    this.#cancelledCount = 0;
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  #removeFirst(): Deadline {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #rise(index: number): void {
    const heap = this.#heap;
    const item = heap[index]!;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.dueMs <= item.dueMs) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = item;
  }

  #sink(index: number): void {
    const heap = this.#heap;
    const item = heap[index]!;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
      if (heap[child]!.dueMs >= item.dueMs) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = item;
  }
}
