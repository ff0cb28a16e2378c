/**
 * Waits at the ends of partitions until a record comes: one Fetch for each leader, however many polls wait.
 * @module
 */
import { fetchPartitions, isSomething } from "../../../client/consumer/fetch_partitions.ts";
import type { Cluster } from "../../../client/cluster.ts";

export interface Watched {
  readonly partition: number;
  readonly offset: number;
}

interface Watching {
  readonly over: string;
  readonly ending: AbortController;
}

export class LeaseWatch {
  readonly #options: { readonly cluster: Cluster; readonly topic: string };
  readonly #onChange: () => void;
  #watching: Watching | undefined;

  /** `onChange` is called when there may be something, or the watch is over. */
  constructor(options: { readonly cluster: Cluster; readonly topic: string }, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
  }

  get isOn(): boolean {
    return this.#watching !== undefined;
  }

  /** Watches these from now on, for `waitMs` unless it does so already. */
  over(watched: readonly Watched[], waitMs: number): void {
    const over = watched.map(({ partition, offset }) => `${partition}:${offset}`).join();
    if (this.#watching?.over === over) return;
    this.#watching?.ending.abort();
    this.#watching = undefined;
    if (watched.length === 0 || waitMs <= 0) return;
    const watching: Watching = { over, ending: new AbortController() };
    this.#watching = watching;
    void this.#wait(watched, waitMs, watching);
  }

  async #wait(watched: readonly Watched[], waitMs: number, watching: Watching): Promise<void> {
    const { cluster, topic } = this.#options;
    let isChanged = false;
    try {
      const fetched = await fetchPartitions(cluster, watched.map((one) => ({ topic, ...one })), {
        waitMs,
        // What comes is fetched again by whoever gets it.
        maxBytes: 1,
        isReadCommitted: true,
        signal: watching.ending.signal,
      });
      isChanged = fetched.some(isSomething);
    } catch {
      // The next turn finds out what is wrong.
      isChanged = true;
    }
    if (this.#watching !== watching) return;
    this.#watching = undefined;
    if (isChanged || !watching.ending.signal.aborted) this.#onChange();
  }
}
