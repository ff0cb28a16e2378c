/**
 * Producer ids, asked of the cluster: one that all partitions share, and fresh ones for partitions that have to begin anew.
 *
 * What must be true: a fresh id is given out once; asking goes on until the cluster gives one or says that it never will.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { backoffMs } from "../backoff.ts";
import type { ProducerCluster } from "./producer_cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { checkCode, ResponseError } from "../response_error.ts";
import { sleep } from "../retrying.ts";
import type { ProducerIdentity } from "./sender_batch.ts";

export interface ProducerIdsOptions {
  readonly retryBackoffMs: number;
  readonly maxRetryBackoffMs: number;
  readonly signal: AbortSignal;
}

export class ProducerIds {
  readonly #cluster: ProducerCluster;
  readonly #options: ProducerIdsOptions;
  readonly #owner: { onId(): void; onFailed(error: Error): void };
  #shared: ProducerIdentity | undefined;
  #fresh: ProducerIdentity | undefined;
  #isAsking = false;

  constructor(
    cluster: ProducerCluster,
    options: ProducerIdsOptions,
    owner: { onId(): void; onFailed(error: Error): void },
  ) {
    this.#cluster = cluster;
    this.#options = options;
    this.#owner = owner;
  }

  /** For partitions that have none; undefined: it is asked for, and `onId` tells. */
  get shared(): ProducerIdentity | undefined {
    if (this.#shared === undefined) void this.#ask();
    return this.#shared;
  }

  /** One that nobody has used; undefined: it is asked for, and `onId` tells. */
  takeFresh(): ProducerIdentity | undefined {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    if (fresh === undefined) void this.#ask();
    return fresh;
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { retryBackoffMs: firstMs, maxRetryBackoffMs: longestMs, signal } = this.#options;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        const { errorCode, producerId, producerEpoch } = await this.#cluster.ask(api.InitProducerId, {
          transactionalId: null,
          transactionTimeoutMs: 60_000,
        });
        checkCode(errorCode, "get a producer id");
        const identity = { producerId, producerEpoch };
        if (this.#shared === undefined) this.#shared = identity;
        else this.#fresh = identity;
        break;
      } catch (error) {
        const mayPass = (error instanceof ResponseError || error instanceof ConnectionError) &&
          error.retriable;
        if (!mayPass) {
          this.#isAsking = false;
          return this.#owner.onFailed(error as Error);
        }
        await sleep(backoffMs(failures, { firstMs, longestMs }, Math.random()), signal);
      }
    }
    this.#isAsking = false;
    this.#owner.onId();
  }
}
