/**
 * The transactions of a producer: one after the other, each with the partitions and groups that it has told its coordinator
 * of before anything was written there (KIP-98, by the first version of the protocol, which all brokers speak).
 *
 * What must be true: nothing is written to a partition that the transaction does not have; a transaction of which
 * something was not written can only be aborted; after a gap in a sequence the next transaction has another epoch;
 * and a producer that was fenced does nothing any more. Whatever is asked here may be asked twice.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { backoffMs } from "../backoff.ts";
import type { ProducerCluster } from "./producer_cluster.ts";
import type { AskedApi } from "../connection.ts";
import { ConnectionError } from "../connection_error.ts";
import type { OffsetToCommit } from "../consumer/committed_offsets.ts";
import type { GroupMetadata } from "../consumer/consumer_core.ts";
import { byTopic } from "../consumer/topic_partitions.ts";
import { checkCode, ResponseError } from "../response_error.ts";
import { sleep } from "../retrying.ts";
import type { PartitionQueue } from "./partition_queue.ts";
import { ProducerError } from "./producer_error.ts";
import type { ProducerIdentity } from "./sender_batch.ts";

/** The highest of the first version of the protocol. */
const MAX_VERSIONS = {
  initProducerId: 4,
  addPartitions: 3,
  addOffsets: 3,
  commitOffsets: 4,
  end: 4,
} as const;

const FENCED: ReadonlySet<number> = new Set([
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.PRODUCER_FENCED,
]);
const FATAL: ReadonlySet<number> = new Set([
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
]);

export interface TransactionsOptions {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** How long something is tried again. */
  readonly patienceMs: number;
  readonly retryBackoffMs: number;
  readonly maxRetryBackoffMs: number;
  readonly signal: AbortSignal;
}

/** Who is told. */
export interface TransactionsOwner {
  /** Partitions have been added: what waits for that can be sent. */
  onAdded(): void;
  /** The transaction can only be aborted. */
  onAbortable(error: Error): void;
  onFatal(error: Error): void;
  /** The epoch is another: sequences begin anew. */
  onIdentity(): void;
}

export class Transactions {
  readonly #cluster: ProducerCluster;
  readonly #options: TransactionsOptions;
  readonly #owner: TransactionsOwner;
  readonly #added = new Set<PartitionQueue>();
  #wanted = new Set<PartitionQueue>();
  #adding: Promise<void> | undefined;
  readonly #groups = new Set<string>();
  #identity: ProducerIdentity | undefined;
  #error: Error | undefined;
  #isFatal = false;
  #needsEpoch = false;

  constructor(cluster: ProducerCluster, options: TransactionsOptions, owner: TransactionsOwner) {
    this.#cluster = cluster;
    this.#options = options;
    this.#owner = owner;
  }

  /** undefined before `init`. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** Why nothing of the transaction can be sent any more. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Asks for an epoch, by which every other producer of this id is fenced. */
  async init(): Promise<void> {
    await this.#initProducerId(undefined);
  }

  /** Whether the transaction has the partition; if not it is asked for, and `onAdded` tells. */
  has(queue: PartitionQueue): boolean {
    if (this.#added.has(queue)) return true;
    if (!this.#wanted.has(queue)) {
      this.#wanted.add(queue);
      this.#adding ??= this.#add();
    }
    return false;
  }

  /** A batch was not written. `leavesGap`: its number is used up. Returns the error as users are to see it. */
  notWritten(error: Error, leavesGap: boolean): Error {
    this.#needsEpoch ||= leavesGap;
    return this.#fail(error);
  }

  async sendOffsets(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void> {
    this.#checkOpen();
    const { groupId, generationId, memberId, groupInstanceId } = group;
    const id = this.#named();
    try {
      if (!this.#groups.has(groupId)) {
        await this.#ask(
          `add the offsets of group ${groupId} to a transaction`,
          api.AddOffsetsToTxn,
          { ...id, groupId },
          MAX_VERSIONS.addOffsets,
          ({ errorCode }) => errorCode,
        );
        this.#groups.add(groupId);
      }
      const what = `commit the offsets of group ${groupId} in a transaction`;
      await this.#retrying(async () => {
        const codeOf = (
          { topics }: { topics: readonly { partitions: readonly { errorCode: number }[] }[] },
        ) =>
          topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
            ?.errorCode ?? 0;
        const answer = await this.#cluster.askCoordinator("group", groupId, api.TxnOffsetCommit, {
          ...id,
          groupId,
          generationId,
          memberId,
          groupInstanceId,
          topics: byTopic(offsets, ({ partition, offset, leaderEpoch, metadata }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch ?? -1,
            committedMetadata: metadata ?? null,
          })),
        }, { maxVersion: MAX_VERSIONS.commitOffsets, codeOf });
        checkCode(codeOf(answer), what);
      });
    } catch (error) {
      this.#needsEpoch = true;
      throw this.#fail(error as Error);
    }
  }

  /** Ends the transaction; all its batches have come back. */
  async end(isCommit: boolean): Promise<void> {
    if (isCommit) this.#checkOpen();
    else if (this.#isFatal) throw this.#error!;
    await this.#adding;
    // Where the coordinator knows of nothing it has no transaction to end.
    if (this.#added.size + this.#groups.size > 0) {
      try {
        await this.#ask(
          `${isCommit ? "commit" : "abort"} a transaction`,
          api.EndTxn,
          { ...this.#named(), committed: isCommit },
          MAX_VERSIONS.end,
          ({ errorCode }) => errorCode,
        );
      } catch (error) {
        throw this.#fail(error as Error);
      }
    }
    this.#added.clear();
    this.#wanted.clear();
    this.#groups.clear();
    if (this.#needsEpoch) await this.#initProducerId(this.#identity);
    this.#error = undefined;
  }

  /** `from`: goes on from there. */
  async #initProducerId(from: ProducerIdentity | undefined): Promise<void> {
    const { transactionalId, timeoutMs } = this.#options;
    try {
      const { producerId, producerEpoch } = await this.#ask(
        `begin with transactional id ${transactionalId}`,
        api.InitProducerId,
        { transactionalId, transactionTimeoutMs: timeoutMs, ...from },
        MAX_VERSIONS.initProducerId,
        ({ errorCode }) => errorCode,
      );
      this.#identity = { producerId, producerEpoch };
      this.#needsEpoch = false;
      this.#owner.onIdentity();
    } catch (error) {
      throw isFencing(error) ? this.#fail(error as Error) : error;
    }
  }

  async #add(): Promise<void> {
    await undefined; // what is wanted in the same turn is asked for together
    while (this.#wanted.size > 0 && this.#error === undefined) {
      // As it is now: what is wanted while this is asked is asked for next.
      const wanted = [...this.#wanted];
      const topics = byTopic(
        wanted.map(({ topic, partition }) => ({ topic: topic.name, partition })),
        ({ partition }) => partition,
      );
      try {
        const id = this.#named();
        await this.#ask(
          "add partitions to a transaction",
          api.AddPartitionsToTxn,
          {
            v3AndBelowTransactionalId: id.transactionalId,
            v3AndBelowProducerId: id.producerId,
            v3AndBelowProducerEpoch: id.producerEpoch,
            v3AndBelowTopics: topics,
          },
          MAX_VERSIONS.addPartitions,
          ({ resultsByTopicV3AndBelow: results }) => {
            const codes = results.flatMap(({ resultsByPartition }) =>
              resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode)
            );
            // Where one is refused the others are only told that they were not tried.
            return codes.find((code) => code !== 0 && code !== ErrorCode.OPERATION_NOT_ATTEMPTED) ??
              codes.find((code) => code !== 0) ?? 0;
          },
        );
        for (const queue of wanted) this.#added.add(queue);
        this.#wanted = new Set([...this.#wanted].filter((queue) => !this.#added.has(queue)));
        this.#owner.onAdded();
      } catch (error) {
        // Perhaps the coordinator has them.
        this.#needsEpoch = true;
        this.#fail(error as Error);
      }
    }
    // Not later: who wants another one in between would wait for ever.
    this.#adding = undefined;
  }

  #named(): ProducerIdentity & { readonly transactionalId: string } {
    return { transactionalId: this.#options.transactionalId, ...this.#identity! };
  }

  #checkOpen(): void {
    if (this.#error === undefined) return;
    if (this.#isFatal) throw this.#error;
    throw new ProducerError(
      "state",
      `the transaction can only be aborted, since something of it was not written: ${this.#error.message}`,
      false,
      { cause: this.#error },
    );
  }

  /** Returns the error as users are to see it. */
  #fail(error: Error): Error {
    if (isFencing(error)) {
      error = new ProducerError(
        "fenced",
        `another producer has taken over transactional id ${this.#options.transactionalId}, or the transaction lasted ` +
          "longer than transaction.timeout.ms: make a new producer",
        false,
        { cause: error },
      );
    }
    const isFatal = error instanceof ProducerError && error.failure === "fenced" ||
      error instanceof ResponseError && FATAL.has(error.code);
    if (isFatal && !this.#isFatal) {
      this.#isFatal = true;
      this.#error = error;
      this.#owner.onFatal(error);
    } else if (this.#error === undefined) {
      this.#error = error;
      this.#owner.onAbortable(error);
    }
    return error;
  }

  /** Asks the coordinator, again while that may help. Throws a ResponseError for a code that is one. */
  #ask<Body, Answer>(
    what: string,
    asked: AskedApi<Body, Answer>,
    body: Body,
    maxVersion: number,
    codeOf: (answer: Answer) => number,
  ): Promise<Answer> {
    return this.#retrying(async () => {
      const answer = await this.#cluster.askCoordinator(
        "transaction",
        this.#options.transactionalId,
        asked,
        body,
        { maxVersion, codeOf },
      );
      checkCode(codeOf(answer), what);
      return answer;
    });
  }

  async #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { patienceMs, retryBackoffMs: firstMs, maxRetryBackoffMs: longestMs, signal } = this.#options;
    const deadline = performance.now() + patienceMs;
    for (let failures = 1;; failures++) {
      try {
        return await attempt();
      } catch (error) {
        const mayPass = (error instanceof ResponseError || error instanceof ConnectionError) &&
          error.retriable;
        const waitMs = backoffMs(failures, { firstMs, longestMs }, Math.random());
        if (!mayPass || signal.aborted || performance.now() + waitMs > deadline) throw error;
        await sleep(waitMs, signal);
      }
    }
  }
}

export function isFencing(error: unknown): boolean {
  return error instanceof ResponseError && FENCED.has(error.code);
}
