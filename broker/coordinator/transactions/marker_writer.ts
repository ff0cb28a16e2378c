/**
 * Ends a prepared transaction in its partitions: a marker to each, acknowledged. In the default durability all of it is done
 * when `write` returns.
 *
 * What must be true:
 * - A partition that refuses its marker (its disk is full, or it is fenced) is tried again until it takes it, and holds up
 *   nobody but its transaction.
 * - A partition that is gone needs no marker; nor does one where a newer producer has written: its own end has ended this.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Clock, Logger } from "../../../storage/environment.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { TopicStore } from "../../../storage/topic_store.ts";
import type { Deadlines } from "../../reactor/deadlines.ts";
import { eachPartition } from "./topic_partitions.ts";
import { bumpsEpoch, type Transaction } from "./transaction.ts";

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const TRANSACTION_VERSION_1 = 1;

export interface MarkerWriterOptions {
  readonly topics: TopicStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  /** A marker is acknowledged: what the transaction has in that partition counts from now on, or never will. */
  readonly onMarker: (topic: string, partition: number, producerId: number, isCommitted: boolean) => void;
}

/** One transaction's markers. */
interface Round {
  readonly transaction: Transaction;
  readonly coordinatorEpoch: number;
  /** Partitions whose marker is not acknowledged. */
  missing: number;
  readonly onDone: () => void;
  readonly onDelay: () => void;
}

export class MarkerWriter {
  readonly #options: MarkerWriterOptions;

  constructor(options: MarkerWriterOptions) {
    this.#options = options;
  }

  /**
   * `onDone` is called once, when all markers are acknowledged; `onDelay` each time that a partition has refused its marker.
   */
  write(
    transaction: Transaction,
    coordinatorEpoch: number,
    { onDone, onDelay }: Pick<Round, "onDone" | "onDelay">,
  ): void {
    const partitions = [...eachPartition(transaction.partitions)];
    const round: Round = { transaction, coordinatorEpoch, missing: partitions.length, onDone, onDelay };
    if (partitions.length === 0) return onDone();
    for (const { topic, partition } of partitions) this.#try(round, topic, partition, FIRST_RETRY_MS);
  }

  #try(round: Round, topic: string, partition: number, retryMs: number): void {
    const { transaction, coordinatorEpoch } = round;
    const log = this.#options.topics.topic(topic)?.partitions[partition];
    if (log === undefined) return this.#settle(round);
    const { producerId, producerEpoch, status } = transaction;
    const commit = status === "PrepareCommit";
    try {
      log.appendEndMarker({
        producerId,
        producerEpoch,
        coordinatorEpoch,
        commit,
        transactionVersion: bumpsEpoch(transaction) ? transaction.clientVersion : TRANSACTION_VERSION_1,
      });
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      if (!isOvertaken(error)) return this.#later(round, topic, partition, retryMs, error);
      this.#options.log(
        "warn",
        `a transaction of ${transaction.transactionalId} is not ended in ${log.name}, where somebody newer has been: ` +
          error.message,
      );
      return this.#settle(round);
    }
    log.whenAcknowledged((error) => {
      if (error !== undefined) return this.#later(round, topic, partition, retryMs, error);
      this.#options.onMarker(topic, partition, producerId, commit);
      this.#settle(round);
    });
  }

  #later(round: Round, topic: string, partition: number, retryMs: number, error: Error): void {
    const { clock, deadlines, log } = this.#options;
    // Once for each try that is longer in coming.
    if (retryMs < LAST_RETRY_MS) {
      log(
        "warn",
        `${topic}-${partition} has not taken the end of a transaction of ${round.transaction.transactionalId}, ` +
          `which is tried again: ${error.message}`,
      );
    }
    deadlines.add(clock.monotonic() + retryMs, () => {
      this.#try(round, topic, partition, Math.min(retryMs * 2, LAST_RETRY_MS));
    });
    round.onDelay();
  }

  #settle(round: Round): void {
    round.missing--;
    if (round.missing === 0) round.onDone();
  }
}

function isOvertaken({ code }: LogError): boolean {
  return code === ErrorCode.INVALID_PRODUCER_EPOCH || code === ErrorCode.TRANSACTION_COORDINATOR_FENCED;
}
