/**
 * Brokers in memory, as far as a reader asks them: logs whose leaders move, connections that break, answers that come late.
 * @module
 */
import type { Cluster, Leaders } from "../../cluster.ts";
import { ConnectionError } from "../../connection_error.ts";
import type { FoundOffset, WantedOffsets } from "../../list_offsets.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { FetchRequest, FetchResponse } from "../../../protocol/messages/01_fetch.ts";
import { controlRecord, encodeBatch } from "../../../protocol/records.ts";
import { CompressionType } from "../../../protocol/compression_type.ts";

/** Whole numbers below a limit. */
export interface Random {
  below(limit: number): number;
}

interface ModelBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly nextOffset: number;
}

type Answered = FetchResponse["responses"][number]["partitions"][number];

export const TOPIC = "topic";

/** One partition's log. */
class ModelLog {
  readonly batches: ModelBatch[] = [];
  readonly aborted: { producerId: number; firstOffset: number; lastOffset: number }[] = [];
  startOffset = 0;
  endOffset = 0;

  /** Offsets whose records are to be given. */
  readonly visible = new Set<number>();

  constructor(readonly partition: number) {}

  append(recordCount: number, compression: CompressionType): void {
    this.#show(this.#add(recordCount, { compression }));
  }

  /** A transaction of one batch, and its marker. */
  appendTransaction(recordCount: number, producerId: number, outcome: "abort" | "commit"): void {
    const producer = { producerId, producerEpoch: 0, isTransactional: true };
    const batch = this.#add(recordCount, { ...producer, baseSequence: 0 });
    const lastOffset = this.endOffset;
    const marker = controlRecord(outcome, { coordinatorEpoch: 0, timestamp: 0 });
    this.#push(encodeBatch([marker], { ...producer, isControl: true, baseOffset: lastOffset }), 1);
    if (outcome === "commit") this.#show(batch);
    else this.aborted.push({ producerId, firstOffset: batch.baseOffset, lastOffset });
  }

  read(offset: number, maxBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let byteCount = 0;
    for (const { bytes, nextOffset } of this.batches) {
      if (nextOffset <= offset) continue;
      if (byteCount > 0 && byteCount + bytes.length > maxBytes) {
        // Cut off in the middle, as brokers do.
        parts.push(bytes.subarray(0, Math.max(0, maxBytes - byteCount)));
        break;
      }
      parts.push(bytes);
      byteCount += bytes.length;
    }
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  #add(recordCount: number, options: Parameters<typeof encodeBatch>[1]): ModelBatch {
    const records = Array.from({ length: recordCount }, (_, i) => ({
      timestamp: 0,
      value: new TextEncoder().encode(`${this.partition}:${this.endOffset + i}`),
    }));
    return this.#push(
      encodeBatch(records, { ...options, baseOffset: this.endOffset }),
      recordCount,
    );
  }

  #show({ baseOffset, nextOffset }: ModelBatch): void {
    for (let offset = baseOffset; offset < nextOffset; offset++) this.visible.add(offset);
  }

  #push(bytes: Uint8Array, recordCount: number): ModelBatch {
    const baseOffset = this.endOffset;
    const batch = { bytes, baseOffset, nextOffset: baseOffset + recordCount };
    this.batches.push(batch);
    this.endOffset = batch.nextOffset;
    return batch;
  }
}

export class ModelBrokers {
  readonly logs: readonly ModelLog[];
  readonly #random: Random;
  #leaders: number[];
  /** What clients were told last; undefined: they are to ask. */
  #told: Leaders | undefined;
  /** How many of a hundred requests break. */
  breakPercent = 0;
  /** Requests that are on their way. */
  inFlight = 0;
  largestBatchBytes = 0;

  constructor(random: Random, partitionCount: number, readonly brokerCount: number) {
    this.#random = random;
    this.logs = Array.from({ length: partitionCount }, (_, partition) => new ModelLog(partition));
    this.#leaders = this.logs.map(() => random.below(brokerCount));
  }

  append(): void {
    const random = this.#random;
    const log = this.logs[random.below(this.logs.length)]!;
    if (random.below(3) === 0) {
      const outcome = random.below(2) === 0 ? "abort" : "commit";
      log.appendTransaction(1 + random.below(5), 1 + random.below(3), outcome);
    } else log.append(1 + random.below(20), [CompressionType.none, CompressionType.lz4][random.below(2)]!);
    for (const { bytes } of log.batches.slice(-2)) {
      this.largestBatchBytes = Math.max(this.largestBatchBytes, bytes.length);
    }
  }

  moveLeader(): void {
    this.#leaders[this.#random.below(this.logs.length)] = this.#random.below(this.brokerCount);
  }

  /** As far as a reader asks it. */
  get cluster(): Cluster {
    const cluster: Partial<Cluster> = {
      rememberedLeader: (_topic, partition) => this.#told?.[partition],
      forget: () => void (this.#told = undefined),
      leadersOf: async () => {
        await this.#travel();
        return this.#told = [...this.#leaders];
      },
      lendBroker: async (brokerId, work, signal) => {
        const broken = new Promise<never>((_, reject) => {
          signal?.addEventListener("abort", () => reject(new ConnectionError("closed", "aborted", true)));
        });
        broken.catch(() => {});
        const connection = {
          request: (_api: unknown, body: FetchRequest) => Promise.race([broken, this.#fetch(brokerId, body)]),
        };
        return await work(connection as never);
      },
      listOffsets: async (wanted: WantedOffsets) => {
        await this.#travel();
        const found = new Map<string, Map<number, FoundOffset>>();
        for (const [topic, partitions] of wanted) {
          const offsets = [...partitions.keys()].map((partition) => {
            const offset = this.logs[partition]!.startOffset;
            return [partition, { errorCode: 0, offset, timestamp: -1 }] as const;
          });
          found.set(topic, new Map(offsets));
        }
        return found;
      },
    };
    return cluster as Cluster;
  }

  async #fetch(brokerId: number, { topics, maxBytes, maxWaitMs }: FetchRequest): Promise<FetchResponse> {
    this.inFlight++;
    try {
      await this.#travel();
      const asked = topics.flatMap(({ partitions }) => partitions);
      for (let waited = 0;; waited++) {
        const answered = this.#answer(brokerId, asked, maxBytes);
        const isSomething = answered.some(({ errorCode, records }) =>
          errorCode !== 0 || (records?.length ?? 0) > 0
        );
        if (isSomething || waited >= maxWaitMs) {
          await this.#travel();
          return {
            throttleTimeMs: 0,
            errorCode: 0,
            sessionId: 0,
            responses: [{ topic: TOPIC, topicId: "", partitions: answered }],
            nodeEndpoints: [],
          } as unknown as FetchResponse;
        }
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      this.inFlight--;
    }
  }

  #answer(
    brokerId: number,
    asked: FetchRequest["topics"][number]["partitions"],
    maxBytes: number,
  ): Answered[] {
    let leftBytes = maxBytes;
    return asked.map(({ partition, fetchOffset, partitionMaxBytes }) => {
      const log = this.logs[partition]!;
      const answer = (errorCode: number, records: Uint8Array | null) => ({
        partitionIndex: partition,
        errorCode,
        highWatermark: log.endOffset,
        lastStableOffset: log.endOffset,
        abortedTransactions: log.aborted.filter(({ lastOffset }) => lastOffset >= fetchOffset),
        records,
      } as unknown as Answered);
      if (this.#leaders[partition] !== brokerId) return answer(ErrorCode.NOT_LEADER_OR_FOLLOWER, null);
      if (fetchOffset > log.endOffset || fetchOffset < log.startOffset) {
        return answer(ErrorCode.OFFSET_OUT_OF_RANGE, null);
      }
      // The first batch of an answer comes whole, however large it is.
      if (leftBytes <= 0) return answer(0, null);
      const limit = Math.min(partitionMaxBytes, leftBytes);
      const records = log.read(fetchOffset, limit);
      leftBytes -= records.length;
      return answer(0, leftBytes < 0 && leftBytes + records.length < maxBytes ? null : records);
    });
  }

  async #travel(): Promise<void> {
    const ms = this.#random.below(3);
    this.inFlight++;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms - 1));
    this.inFlight--;
    if (this.#random.below(100) >= this.breakPercent) return;
    throw new ConnectionError("closed", "the connection broke", true);
  }
}
