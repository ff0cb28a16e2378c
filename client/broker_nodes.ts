/**
 * The brokers that are talked to, by address; and one of them for questions that any can answer.
 *
 * What must be true: whoever can be reached answers, though others can't, be they known from the bootstrap list or from
 * the cluster itself; a question goes to the broker that answered the last one, as long as it does, so that what was
 * seen is seen again; and a broker that has left is let go.
 * @module
 */
import { type BrokerAddress, formatAddress } from "./address.ts";
import type { BrokerClientOptions } from "./broker_client.ts";
import { BrokerNode } from "./broker_node.ts";
import { ClusterAwayError, ConnectionError } from "./connection_error.ts";
import type { ConnectionPool } from "./connection_pool.ts";

export interface BrokerNodesOptions extends Omit<BrokerClientOptions, "address"> {
  /** Not empty. */
  readonly bootstrap: readonly BrokerAddress[];
  readonly pool: ConnectionPool;
}

/** How long nobody may answer until that is said: a broker that is restarted is back by then, and people don't wait long. */
const AWAY_PATIENCE_MS = 2000;
/** Between two rounds; most of the waiting is for the backoff of each address. */
const ROUND_PAUSE_MS = 20;

export class BrokerNodes implements Disposable {
  readonly #options: BrokerNodesOptions;
  readonly #bootstrap: readonly BrokerAddress[];
  readonly #nodes = new Map<string, BrokerNode>();
  #known: readonly BrokerAddress[] = [];
  /** Answered the last question. */
  #favourite: BrokerNode | undefined;
  #closed = false;

  constructor({ bootstrap, ...options }: BrokerNodesOptions) {
    if (bootstrap.length === 0) throw new TypeError("a cluster needs an address to begin with");
    this.#bootstrap = bootstrap;
    this.#options = { bootstrap, ...options };
  }

  /** Whether there is another to ask where one does not answer. */
  get areSeveral(): boolean {
    return Math.max(this.#known.length, this.#bootstrap.length) > 1;
  }

  /** The first of the bootstrap list. */
  get first(): BrokerNode {
    return this.at(this.#bootstrap[0]!);
  }

  at(address: BrokerAddress): BrokerNode {
    const key = formatAddress(address);
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = new BrokerNode({ ...this.#options, address }, this.#options.pool);
      if (this.#closed) node.close();
      else this.#nodes.set(key, node);
    }
    return node;
  }

  /** The cluster's brokers have these addresses now. */
  learn(addresses: readonly BrokerAddress[]): void {
    this.#known = addresses;
    const staying = new Set([...addresses, ...this.#bootstrap].map(formatAddress));
    for (const [key, node] of this.#nodes) {
      if (staying.has(key) || node.isBusy) continue;
      this.#nodes.delete(key);
      node.close();
      if (this.#favourite === node) this.#favourite = undefined;
    }
  }

  /**
   * Has `work` done with one broker after another until one answers; round and round for a short while, with the waits
   * that reconnecting has. It goes on to the next only after a ConnectionError, and if the request had been sent only if
   * the work `mayRepeat`. Throws a ClusterAwayError if none answers.
   */
  async withAny<T>(
    work: (node: BrokerNode) => Promise<T>,
    options: { readonly mayRepeat: boolean; readonly deadline: number },
  ): Promise<T> {
    const giveUpAt = Math.min(options.deadline, performance.now() + AWAY_PATIENCE_MS);
    const tried = new Set<BrokerNode>();
    for (let node = this.#favourite ?? this.#next(tried)!;;) {
      try {
        const answer = await work(node);
        this.#favourite = node;
        return answer;
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.retriable) throw error;
        if (this.#favourite === node) this.#favourite = undefined;
        if (this.#closed || (error.sent && !options.mayRepeat)) throw error;
        tried.add(node);
        let next = this.#next(tried);
        if (next === undefined) {
          if (performance.now() >= giveUpAt) throw new ClusterAwayError(error);
          await new Promise((resolve) => setTimeout(resolve, ROUND_PAUSE_MS));
          tried.clear();
          next = this.#next(tried)!;
        } else if (performance.now() >= options.deadline) {
          throw error;
        }
        node = next;
      }
    }
  }

  close(): void {
    this.#closed = true;
    for (const node of this.#nodes.values()) node.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Those that the cluster named last come first: a bootstrap address may be of a broker that has long gone. */
  #next(tried: ReadonlySet<BrokerNode>): BrokerNode | undefined {
    for (const address of [...this.#known, ...this.#bootstrap]) {
      const node = this.at(address);
      if (!tried.has(node)) return node;
    }
    return undefined;
  }
}
