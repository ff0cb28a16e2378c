/**
 * A log as clients write it, for tests that damage it and start again: every codec, two idempotent producers, a transaction with
 * its marker, plain batches in between.
 * @module
 */
import assert from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import type { LogConfig } from "../../storage/log_config.ts";
import { LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { DATA, openTestStore, readAll } from "./storage_fixture.ts";

export const PARTITION = `${DATA}/t-0`;

export interface WrittenBatch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface WrittenLog {
  /** As the killed broker has left it. */
  readonly disk: MemoryDisk;
  readonly batches: readonly WrittenBatch[];
}

const TRANSACTIONAL_PRODUCER = 9;
const codecs = Object.values(CompressionType);

interface Sent {
  readonly producerId: number;
  readonly sequence: number;
  readonly count?: number;
  readonly compression?: CompressionType;
  readonly timestamp?: number;
}

function batchOf(
  { producerId, sequence, count = 1, compression = CompressionType.none, timestamp = 0 }: Sent,
): RecordBatch {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: timestamp + index,
    key: null,
    value: new Uint8Array(6).fill(sequence + index),
  }));
  return new RecordBatch(encodeBatch(records, {
    compression,
    ...(producerId < 0 ? {} : {
      producerId,
      producerEpoch: 0,
      baseSequence: sequence,
      isTransactional: producerId === TRANSACTIONAL_PRODUCER,
    }),
  }));
}

/** A log of `count` batches. */
export function writeLog(count: number, config: Partial<LogConfig> = {}): WrittenLog {
  const disk = new MemoryDisk();
  using fixture = openTestStore(disk, { config });
  const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
  const sequences = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    if (index % 10 === 8 && sequences.has(TRANSACTIONAL_PRODUCER)) {
      log.appendEndMarker({
        producerId: TRANSACTIONAL_PRODUCER,
        producerEpoch: 0,
        coordinatorEpoch: 0,
        commit: index % 20 === 8,
      });
      continue;
    }
    const producerId = [1, -1, 2, TRANSACTIONAL_PRODUCER, 1][index % 5]!;
    const sequence = sequences.get(producerId) ?? 0;
    const records = 1 + index % 3;
    log.append(batchOf({
      producerId,
      sequence,
      count: records,
      compression: codecs[index % codecs.length]!,
      timestamp: 1000 + index * 10,
    }));
    sequences.set(producerId, sequence + records);
  }
  return { disk, batches: readAll(log) };
}

/** How many of the log's batches lie whole and unchanged at the start of `bytes`. */
export function countWhole(batches: readonly WrittenBatch[], bytes: Uint8Array): number {
  let position = 0;
  const count = batches.findIndex((batch) => {
    const found = bytes.subarray(position, position += batch.bytes.length);
    return found.length < batch.bytes.length || found.some((byte, at) => byte !== batch.bytes[at]);
  });
  return count < 0 ? batches.length : count;
}

/**
 * Starts on `disk` and has a look at everything: the batches are `wanted`, no more and no less; producers go on where these end;
 * their last batches are known again; the log goes on; and after a clean stop the checker finds nothing. Returns what was told.
 */
export function assertRecovers(
  disk: MemoryDisk,
  wanted: readonly WrittenBatch[],
  label: string,
  config: Partial<LogConfig> = {},
): readonly string[] {
  using fixture = openTestStore(disk, { config });
  const log = fixture.store.topic("t")!.partitions[0]!;
  const found = readAll(log);
  assert.equal(found.length, wanted.length, label);
  found.forEach(({ offset, bytes }, index) => {
    assert.equal(offset, wanted[index]!.offset, label);
    assert.equal(Buffer.compare(bytes, wanted[index]!.bytes), 0, `${label}: batch ${index}`);
  });
  const last = wanted.at(-1);
  assert.equal(log.endOffset, last === undefined ? 0 : new RecordBatch(last.bytes).lastOffset + 1, label);
  assertProducers(log, wanted, label);
  fixture.store.closeCleanly();
  assert.deepEqual(checkDataDirectory(disk, DATA).problems, [], label);
  return fixture.lines;
}

/** What each producer of these batches may send next, and the transaction that is open. */
export function assertProducers(log: PartitionLog, batches: readonly WrittenBatch[], label: string): void {
  const lastBatches = new Map<number, RecordBatch>();
  let transactionStart: number | undefined;
  for (const batch of batches.map(({ bytes }) => new RecordBatch(bytes))) {
    if (batch.isControl) transactionStart = undefined;
    else if (batch.producerId >= 0) lastBatches.set(batch.producerId, batch);
    if (batch.isTransactional && !batch.isControl) transactionStart ??= batch.baseOffset;
  }
  assert.equal(log.lastStableOffset, transactionStart ?? log.endOffset, label);
  for (const [producerId, last] of lastBatches) {
    const repeated = log.append(new RecordBatch(last.bytes.slice()));
    assert.deepEqual(
      repeated,
      { baseOffset: last.baseOffset, appendTimeMs: -1, duplicate: true },
      `${label}: repeated batch of producer ${producerId}`,
    );
    const sequence = last.lastSequence + 1;
    assert.throws(
      () => log.append(batchOf({ producerId, sequence: sequence + 1 })),
      (error) => error instanceof LogError && error.code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `${label}: a jump of producer ${producerId}`,
    );
    const { endOffset } = log;
    const next = log.append(batchOf({ producerId, sequence }));
    assert.deepEqual(
      next,
      { baseOffset: endOffset, appendTimeMs: -1, duplicate: false },
      `${label}: the next batch of producer ${producerId}`,
    );
  }
}
