/**
 * The half of a producer that transmits: takes batches out of shared memory, sends them to the leaders of their partitions,
 * and says what became of each.
 *
 * What must be true: a batch that was told of comes back through `done` exactly once, delivered or failed; of each
 * partition at most one batch is in a request; to each broker no more than `maxInFlight` requests are on their way; and
 * the thread never waits: all that happens is a turn, begun by a call, an answer or the clock.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ProduceRequest, ProduceResponse } from "../../protocol/messages/00_produce.ts";
import { backoffMs } from "../backoff.ts";
import type { ProducerCluster } from "./producer_cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import type { OffsetToCommit } from "../consumer/committed_offsets.ts";
import type { GroupMetadata } from "../consumer/consumer_core.ts";
import { ResponseError } from "../response_error.ts";
import { isNotLeading } from "../unsettled.ts";
import { Alarm } from "../alarm.ts";
import { BatchMemory, RING_FULL } from "./batch_memory.ts";
import { LingeringBatches } from "./lingering_batches.ts";
import { monotonicMs } from "./monotonic.ts";
import { PartitionQueue } from "./partition_queue.ts";
import { outcomesOf, type PartitionOutcome, topicData } from "./produce_exchange.ts";
import { errorBytes, ProducerError, sentError } from "./producer_error.ts";
import { ProducerIds } from "./producer_ids.ts";
import { sealBatch } from "./sealed_batch.ts";
import { type ProducerIdentity, SenderBatch } from "./sender_batch.ts";
import type { FromSender, SenderCalls, SenderMetrics, SenderOptions } from "./sender_messages.ts";
import { SenderTopics } from "./sender_topics.ts";
import { Transactions } from "./transactions.ts";

/** The highest in which topics go by name; and of the first version of the protocol of transactions. */
const MAX_PRODUCE_VERSION = 12;
const MAX_TRANSACTIONAL_VERSION = 11;

/** A request on its way to the broker that leads its partitions, or to be sent there. */
interface Node {
  readonly id: number;
  inFlight: number;
}

export class Sender implements SenderCalls {
  readonly #options: SenderOptions;
  readonly #cluster: ProducerCluster;
  readonly #tell: (message: FromSender) => void;
  readonly #memory: BatchMemory;
  readonly #topics: SenderTopics;
  readonly #ids: ProducerIds | undefined;
  readonly #transactions: Transactions | undefined;
  readonly #closing = new AbortController();
  /** By first slot, of batches that are not done. */
  readonly #batches: (SenderBatch | undefined)[];
  readonly #lingering: LingeringBatches;
  /** Those with a closed batch that waits. */
  readonly #ready = new Set<PartitionQueue>();
  readonly #nodes = new Map<number, Node>();
  readonly #alarm = new Alarm(() => this.#turn());
  #isAborting = false;
  #fatal: Error | undefined;
  /** Called when nothing is on its way any more. */
  #onLanded: (() => void)[] = [];
  #isTurnDue = false;
  #inFlight = 0;
  readonly #counts = { requests: 0, batches: 0, records: 0, bytes: 0, retries: 0 };

  constructor(options: SenderOptions, cluster: ProducerCluster, tell: (message: FromSender) => void) {
    this.#options = options;
    this.#cluster = cluster;
    this.#tell = tell;
    this.#memory = new BatchMemory(options.layout);
    this.#batches = new Array(this.#memory.slotCount);
    this.#lingering = new LingeringBatches(options.lingerMs);
    const { common } = options;
    const retry = {
      patienceMs: options.maxBlockMs,
      retryBackoffMs: common["retry.backoff.ms"],
      maxRetryBackoffMs: common["retry.backoff.max.ms"],
      signal: this.#closing.signal,
    };
    this.#topics = new SenderTopics(cluster, { ...retry, maxAgeMs: common["metadata.max.age.ms"] }, {
      onTopic: (message) => {
        tell(message);
        this.#turnSoon();
      },
      onLeaders: () => this.#turnSoon(),
    });
    if (options.transactionalId !== null) {
      this.#transactions = new Transactions(cluster, {
        ...retry,
        transactionalId: options.transactionalId,
        timeoutMs: options.transactionTimeoutMs,
      }, {
        onAdded: () => this.#turnSoon(),
        onAbortable: (error) => {
          this.#tell({ kind: "abortable", error: sentError(error) });
          this.#turnSoon();
        },
        onFatal: (error) => this.#die(error),
        onIdentity: () => this.#topics.forEachQueue((queue) => queue.forget()),
      });
    } else if (options.isIdempotent) {
      this.#ids = new ProducerIds(cluster, retry, {
        onId: () => this.#turnSoon(),
        onFailed: (error) => this.#die(error),
      });
    }
  }

  /** Somebody has called: there may be something in the ring. */
  wake(): void {
    this.#turn();
  }

  /** Finds out about a topic and tells; and from then on whenever it has changed. */
  topic(name: string, isAgain: boolean): void {
    this.#topics.find(name, isAgain);
  }

  async initTransactions(): Promise<void> {
    await this.#transactions!.init();
  }

  async sendOffsets(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void> {
    await this.#transactions!.sendOffsets(offsets, group);
  }

  async endTransaction(isCommit: boolean): Promise<void> {
    if (!isCommit) {
      this.#isAborting = true;
      this.#turn();
      await this.#landed();
    }
    try {
      await this.#transactions!.end(isCommit);
    } finally {
      this.#isAborting = false;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#fatal ??= new ProducerError(
      "closed",
      "the producer was closed before the record was acknowledged",
      true,
    );
    this.#cluster.close();
    this.#turn();
    await this.#landed();
    this.#alarm.clear();
  }

  metrics(): Promise<SenderMetrics> {
    return Promise.resolve({ ...this.#counts, inFlight: this.#inFlight });
  }

  /** A turn when this one is over, however often it is asked for. */
  #turnSoon(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    queueMicrotask(() => {
      this.#isTurnDue = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#memory.senderLooks();
    this.#takeFromRing();
    const now = monotonicMs();
    this.#closeDue(now);
    const failure = this.#failure;
    if (failure !== undefined) this.#failWaiting(failure);
    this.#send(now);
    if (this.#inFlight === 0) {
      for (const landed of this.#onLanded.splice(0)) landed();
    }
  }

  /** Why nothing can be sent at the moment. */
  get #failure(): Error | undefined {
    if (this.#fatal !== undefined) return this.#fatal;
    const error = this.#transactions?.error;
    if (error !== undefined) return error;
    return this.#isAborting
      ? new ProducerError("aborted", "the record's transaction was aborted before it was sent", false)
      : undefined;
  }

  #takeFromRing(): void {
    const memory = this.#memory;
    for (let entry = memory.toSender.take(); entry >= 0; entry = memory.toSender.take()) {
      const head = entry >> 1;
      if ((entry & 1) === RING_FULL) {
        const batch = this.#batches[head];
        // It may have been closed here, and be done.
        if (batch !== undefined && !batch.isClosed && memory.isClosed(head)) this.#closed(batch);
        continue;
      }
      const queue = this.#topics.queue(memory.topicOf(head), memory.partitionOf(head));
      const batch = new SenderBatch(queue, head, queue.takeSerial(), memory.openedAt(head));
      this.#batches[head] = batch;
      queue.waiting.push(batch);
      this.#lingering.add(batch);
    }
  }

  #closed(batch: SenderBatch): void {
    batch.count = this.#memory.close(batch.head);
    if (batch.queue.waiting[0] === batch) this.#ready.add(batch.queue);
  }

  /** Closes what has waited for long enough, or all if somebody waits for room. */
  #closeDue(now: number): void {
    const isUrgent = this.#memory.isShort || this.#failure !== undefined;
    this.#alarm.set(this.#lingering.closeDue(now, isUrgent, (batch) => this.#closed(batch)), now);
  }

  #send(now: number): void {
    if (this.#ready.size === 0) return;
    const requests = new Map<Node, SenderBatch[]>();
    const sizes = new Map<Node, number>();
    for (const queue of [...this.#ready]) {
      this.#expire(queue, now);
      const next = queue.waiting[0];
      if (next === undefined || !next.isClosed) {
        this.#ready.delete(queue);
        continue;
      }
      const leader = this.#mayGo(queue, now) ? this.#topics.leaderOf(queue) : undefined;
      if (leader === undefined) {
        // What is in the way may be there for longer than there is time: a cluster that is away gives no producer id.
        this.#alarm.set(next.openedAt + this.#options.deliveryTimeoutMs, now);
        continue;
      }
      const node = this.#node(leader);
      if (node.inFlight >= this.#options.maxInFlight) continue;
      const size = this.#memory.byteCountOf(next.head, next.count) + (sizes.get(node) ?? 0);
      if (size > this.#options.maxRequestBytes && sizes.has(node)) continue;
      sizes.set(node, size);
      const request = requests.get(node);
      const batch = queue.take(this.#identity);
      if (request === undefined) requests.set(node, [batch]);
      else request.push(batch);
      // Others had their turn before it comes again.
      this.#ready.delete(queue);
      if (queue.waiting[0]?.isClosed) this.#ready.add(queue);
    }
    for (const [node, batches] of requests) {
      this.#request(node, batches);
      // A broker takes several at a time; what is left is for the next of them.
      if (node.inFlight < this.#options.maxInFlight && this.#ready.size > 0) this.#turnSoon();
    }
  }

  /** Whether nothing is in the way of the next batch of `queue`; if there is, its end will begin a turn. */
  #mayGo(queue: PartitionQueue, now: number): boolean {
    if (!queue.isReady(now)) {
      if (now < queue.retryAt) this.#alarm.set(queue.retryAt, now);
      return false;
    }
    if (this.#transactions !== undefined) return this.#transactions.has(queue);
    if (this.#ids === undefined) return true;
    if (queue.needsFreshIdentity) {
      const fresh = this.#ids.takeFresh();
      if (fresh === undefined) return false;
      queue.restart(fresh);
    }
    return this.#ids.shared !== undefined;
  }

  get #identity(): ProducerIdentity | undefined {
    return this.#transactions === undefined ? this.#ids?.shared : this.#transactions.identity;
  }

  #node(id: number): Node {
    let node = this.#nodes.get(id);
    if (node === undefined) this.#nodes.set(id, node = { id, inFlight: 0 });
    return node;
  }

  /** Fails what can't be delivered in time any more. */
  #expire(queue: PartitionQueue, now: number): void {
    const { deliveryTimeoutMs } = this.#options;
    for (let next = queue.waiting[0]; next?.isClosed && now >= next.openedAt + deliveryTimeoutMs;) {
      queue.drop(next);
      this.#fail(next, notDelivered(next, deliveryTimeoutMs), next.sequence >= 0);
      next = queue.waiting[0];
    }
  }

  async #request(node: Node, batches: readonly SenderBatch[]): Promise<void> {
    const { acks, transactionalId, common } = this.#options;
    node.inFlight++;
    this.#inFlight++;
    const timeoutMs = common["request.timeout.ms"];
    try {
      const body: ProduceRequest = {
        transactionalId,
        acks,
        timeoutMs,
        topicData: topicData(batches, (batch) => this.#seal(batch)),
        wantsDurability: false,
      };
      this.#counts.requests++;
      const maxVersion = transactionalId === null ? MAX_PRODUCE_VERSION : MAX_TRANSACTIONAL_VERSION;
      if (acks === 0) {
        await this.#cluster.sendBroker(node.id, api.Produce, body, { maxVersion });
        for (const batch of batches) this.#delivered(batch, -1, -1);
      } else {
        // Brokers wait for replicas as long as the request says.
        const options = { maxVersion, timeoutMs };
        this.#answered(batches, await this.#cluster.askBroker(node.id, api.Produce, body, options));
      }
    } catch (error) {
      const isSent = !(error instanceof ConnectionError) || error.sent;
      for (const batch of batches) {
        if (!batch.queue.inFlight.includes(batch)) continue;
        batch.isUncertain ||= isSent && acks !== 0;
        this.#topics.forget(batch.queue.topic);
        this.#failedAttempt(batch, error as Error, error instanceof ConnectionError && error.retriable);
      }
    } finally {
      node.inFlight--;
      this.#inFlight--;
      this.#turn();
    }
  }

  #seal(batch: SenderBatch): Uint8Array {
    const { compression, compressionLevel: level, transactionalId } = this.#options;
    const bytes = sealBatch(this.#memory, batch, {
      compression,
      level,
      isTransactional: transactionalId !== null,
    });
    this.#counts.bytes += bytes.length;
    return bytes;
  }

  #answered(batches: readonly SenderBatch[], answer: ProduceResponse): void {
    for (const [index, outcome] of outcomesOf(batches, answer).entries()) {
      const batch = batches[index]!;
      if (outcome !== undefined) {
        this.#outcome(batch, outcome);
        continue;
      }
      batch.isUncertain = true;
      const what = `write to ${batch.queue.name}`;
      this.#failedAttempt(
        batch,
        new ResponseError(ErrorCode.UNKNOWN_SERVER_ERROR, what, "it was not answered"),
        true,
      );
    }
  }

  #outcome(batch: SenderBatch, outcome: PartitionOutcome): void {
    const { queue } = batch;
    const { errorCode } = outcome;
    if (errorCode === ErrorCode.NONE) {
      return this.#delivered(batch, outcome.baseOffset, outcome.logAppendTimeMs);
    }
    // It was written by an attempt whose answer was lost, too long ago for the broker to know where.
    if (errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) return this.#delivered(batch, -1, -1);
    const detail = errorCode === ErrorCode.MESSAGE_TOO_LARGE
      ? `${batch.count} records with ${
        this.#memory.byteCountOf(batch.head, batch.count)
      } bytes before compression: ` +
        "lower batch.size, or raise the topic's max.message.bytes"
      : outcome.recordErrors[0]?.batchIndexErrorMessage ?? outcome.errorMessage;
    const error = new ResponseError(errorCode, `write to ${queue.name}`, detail);
    if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) return this.#outOfOrder(batch, error);
    const isForgotten = errorCode === ErrorCode.UNKNOWN_PRODUCER_ID ||
      errorCode === ErrorCode.INVALID_PRODUCER_EPOCH;
    if (isForgotten && this.#ids !== undefined) return this.#outOfOrder(batch, error);
    if (isNotLeading(errorCode, false)) this.#topics.forget(queue.topic);
    batch.isUncertain ||= errorCode === ErrorCode.REQUEST_TIMED_OUT ||
      errorCode === ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
    this.#failedAttempt(batch, error, error.retriable && errorCode !== ErrorCode.CORRUPT_MESSAGE);
  }

  /** The broker misses a batch before this one, or everything that it knew of the producer. */
  #outOfOrder(batch: SenderBatch, error: ResponseError): void {
    const { queue } = batch;
    const isBehindAnother = queue.hasGap || queue.isRecovering;
    const hasForgotten = error.code === ErrorCode.UNKNOWN_PRODUCER_ID && !batch.isUncertain;
    if (!isBehindAnother && !hasForgotten) return this.#failedAttempt(batch, error, false);
    // So it has not written this one either.
    batch.isUncertain = false;
    if (hasForgotten) queue.leaveGap();
    batch.lastError = error;
    queue.putBack(batch);
    this.#ready.add(queue);
  }

  #delivered(batch: SenderBatch, baseOffset: number, appendTime: number): void {
    batch.queue.finish(batch, false);
    this.#batches[batch.head] = undefined;
    this.#counts.batches++;
    this.#counts.records += batch.count;
    this.#memory.deliver(batch.head, baseOffset, appendTime);
    this.#callCaller();
  }

  /** An attempt has come to nothing: another one, if that may help and there is time. */
  #failedAttempt(batch: SenderBatch, error: Error, mayPass: boolean): void {
    const { queue } = batch;
    const { retries, deliveryTimeoutMs, common } = this.#options;
    batch.lastError = error;
    const now = monotonicMs();
    const backoff = { firstMs: common["retry.backoff.ms"], longestMs: common["retry.backoff.max.ms"] };
    const retryAt = now + backoffMs(++batch.attempts, backoff, Math.random());
    const isLate = retryAt >= batch.openedAt + deliveryTimeoutMs;
    if (mayPass && !isLate && batch.attempts <= retries && this.#failure === undefined) {
      this.#counts.retries++;
      queue.putBack(batch);
      queue.retryAt = retryAt;
      this.#ready.add(queue);
      return;
    }
    queue.finish(batch, true);
    if (mayPass && isLate) error = notDelivered(batch, deliveryTimeoutMs);
    this.#fail(batch, error, true);
  }

  /** Fails all that is not on its way; what is comes back by itself. */
  #failWaiting(error: Error): void {
    for (const batch of this.#batches) {
      if (batch === undefined || batch.queue.inFlight.includes(batch)) continue;
      batch.queue.drop(batch);
      this.#fail(batch, error, batch.sequence >= 0);
    }
    this.#ready.clear();
  }

  #fail(batch: SenderBatch, error: Error, leavesGap: boolean): void {
    this.#batches[batch.head] = undefined;
    const isAborted = this.#isAborting && !leavesGap;
    const told = isAborted ? error : this.#transactions?.notWritten(error, leavesGap) ?? error;
    this.#memory.fail(batch.head, errorBytes(told, this.#memory.slotBytes));
    this.#callCaller();
  }

  #die(error: Error): void {
    if (this.#fatal !== undefined) return;
    this.#fatal = error;
    this.#tell({ kind: "fatal", error: sentError(error) });
    this.#turnSoon();
  }

  #landed(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onLanded.push(resolve));
  }

  #callCaller(): void {
    if (this.#memory.callCaller()) this.#tell(0);
  }
}

function notDelivered({ queue, lastError }: SenderBatch, timeoutMs: number): ProducerError {
  const reason = lastError === undefined ? "" : `; the last attempt: ${lastError.message}`;
  return new ProducerError(
    "not-delivered",
    `records for ${queue.name} were not acknowledged within delivery.timeout.ms (${timeoutMs} ms)${reason}`,
    true,
    { cause: lastError },
  );
}
