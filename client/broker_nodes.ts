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
import { ConnectionError } from "./connection_error.ts";
import type { ConnectionPool } from "./connection_pool.ts";

export interface BrokerNodesOptions extends Omit<BrokerClientOptions, "address"> {
  /** Not empty. */
  readonly bootstrap: readonly BrokerAddress[];
  readonly pool: ConnectionPool;
}

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
   * Has `work` done with one broker after another until one answers or all have failed. It goes on to the next only after
   * a ConnectionError, and if that `wasSent` only if the work `mayRepeat`.
   */
  async withAny<T>(
    work: (node: BrokerNode) => Promise<T>,
    options: { readonly mayRepeat: boolean; readonly deadline: number },
  ): Promise<T> {
    const tried = new Set<BrokerNode>();
    for (let node: BrokerNode | undefined = this.#favourite ?? this.#next(tried);;) {
      try {
        const answer = await work(node!);
        this.#favourite = node;
        return answer;
      } catch (error) {
        if (!(error instanceof ConnectionError) || !error.retriable) throw error;
        if (this.#favourite === node) this.#favourite = undefined;
        tried.add(node!);
        node = this.#next(tried);
        const goesOn = node !== undefined && (!error.sent || options.mayRepeat) && !this.#closed &&
          performance.now() < options.deadline;
        if (!goesOn) throw error;
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
