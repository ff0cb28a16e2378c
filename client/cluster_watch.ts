/**
 * Whether a cluster answers: asked again and again, so that whoever wants to know need not wait.
 *
 * What must be true: what is said is never older than `staleMs`; whoever listens is told each change once, not each
 * attempt.
 * @module
 */
import { api } from "../protocol/apis.ts";
import type { Cluster, ClusterDescription } from "./cluster.ts";
import { promiseWithResolvers } from "./promise_with_resolvers.ts";
import { sleep } from "./retrying.ts";

export interface ClusterWatchOptions {
  /** Default 1,000 ms. */
  readonly intervalMs?: number;
  /** Default 10,000 ms. */
  readonly staleMs?: number;
  /** Most milliseconds for an answer. Default 5,000. */
  readonly timeoutMs?: number;
  /** Told when it answers, and when it does no more, or not at first; `error`: why not. */
  readonly onChange?: (answers: boolean, error: unknown) => void;
}

export class ClusterWatch implements Disposable {
  readonly #cluster: Cluster;
  readonly #options: ClusterWatchOptions;
  readonly #first = promiseWithResolvers<ClusterDescription>();
  readonly #closing = new AbortController();
  #answers: boolean | undefined;
  #answeredAt = -Infinity;

  /** Begins at once. The cluster remains its owner's. */
  constructor(cluster: Cluster, options: ClusterWatchOptions = {}) {
    this.#cluster = cluster;
    this.#options = options;
    void this.#run();
  }

  get answers(): boolean {
    return this.#answers === true &&
      performance.now() - this.#answeredAt < (this.#options.staleMs ?? 10_000);
  }

  /** Resolves when the cluster has answered for the first time. */
  get first(): Promise<ClusterDescription> {
    return this.#first.promise;
  }

  close(): void {
    this.#closing.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#cluster.ask(api.Metadata, { topics: [], allowAutoTopicCreation: false }, {
          maxVersion: 12,
          timeoutMs: this.#options.timeoutMs ?? 5000,
        });
        this.#answeredAt = performance.now();
        if (this.#answers !== true) this.#first.resolve(await this.#cluster.describe());
        this.#is(true);
      } catch (error) {
        if (!signal.aborted) this.#is(false, error);
      }
      await sleep(this.#options.intervalMs ?? 1000, signal);
    }
  }

  #is(answers: boolean, error?: unknown): void {
    if (this.#answers === answers) return;
    this.#answers = answers;
    this.#options.onChange?.(answers, error);
  }
}
