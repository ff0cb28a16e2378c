/**
 * One compaction of one log, from a plain {@link CompactionJob} and a disk: for a background thread, since it takes as long as
 * the log is large. It changes nothing that anybody else reads. What it writes are `.cleaned` files; whoever keeps the log puts
 * them in place of the old ones (`segment_swap.ts`), one group of segments after the other, in the order in which they come, and
 * notes how far the log is compacted once all of them are in place, durably.
 *
 * Why that order: a record goes only if a newer one of its key follows, or it is a tombstone before which nothing of its key is
 * left. With older segments replaced first this holds of the log at every moment in between, too.
 *
 * In two passes (Kafka's): `begin` walks what is not compacted yet and notes each key's newest offset, in memory of a fixed
 * size; `next` walks the log from its start and leaves out what is older. Should the keys not all fit, the log counts as
 * compacted up to the first record that did not, and the next compaction goes on there: at least one key fits, so it always gets
 * further.
 *
 * Memory: the map, two buffers, a batch and its unpacked records, and the aborted transactions of the log.
 * @module
 */
import { decodeEndMarker } from "../../protocol/end_marker.ts";
import type { RecordBatch } from "../../protocol/record_batch.ts";
import { RecordScan } from "../../protocol/record_scan.ts";
import { RecordsError } from "../../protocol/records.ts";
import type { Disk } from "../disk.ts";
import type { Clock, Logger } from "../environment.ts";
import { formatSegmentFile, join, parseSegmentFileInState } from "../file_names.ts";
import type { AbortedTransaction } from "../transaction_index.ts";
import { readAbortedTransactions } from "./aborted_transactions.ts";
import { BatchFilter, batchProblem } from "./batch_filter.ts";
import { BatchReader } from "./batch_reader.ts";
import { CleanedSegment } from "./cleaned_segment.ts";
import type { ActiveProducer, CompactionJob, SegmentSummary } from "./compaction_job.ts";
import type { CompactedGroup, CompactionResult } from "./compaction_outcome.ts";
import { KeyOffsetMap } from "./key_offset_map.ts";
import { groupSegments } from "./segment_groups.ts";
import { Throttle } from "./throttle.ts";
import { TransactionFates } from "./transaction_fates.ts";

export interface CompactionContext {
  readonly disk: Disk;
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** Returns after so many milliseconds. */
  readonly pause: (ms: number) => void;
  /** Asked before each read and write; true ends the compaction with {@link CompactionStopped}. */
  readonly shouldStop?: () => boolean;
}

/** The owner of the log wants it to end. */
export class CompactionStopped extends Error {
  override readonly name = "CompactionStopped";
}

export class Compaction {
  readonly #context: CompactionContext;
  readonly #job: CompactionJob;
  readonly #throttle: Throttle;
  readonly #reader: BatchReader;
  /** For batches that turn out late to be worth copying. */
  #prefixReader: BatchReader | undefined;
  #writeBuffer: Uint8Array | undefined;
  #aborted: readonly AbortedTransaction[] = [];
  #map: KeyOffsetMap | undefined;
  #mapEndOffset: number;
  /** Producers that have sent something behind the job's end, and the last offset of their last data batch before it. */
  readonly #lastDataOffsets: Map<number, number>;
  #fates = new TransactionFates([]);
  #filter: BatchFilter | undefined;
  #groups: SegmentSummary[][] = [];
  #unreadableCount = 0;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(context: CompactionContext, job: CompactionJob) {
    this.#context = context;
    this.#job = job;
    this.#throttle = new Throttle(job.bytesPerSecond, context.clock, context.pause);
    this.#reader = this.#newReader();
    this.#mapEndOffset = job.firstDirtyOffset;
    const busy = job.producers.filter(({ lastDataOffset }) => lastDataOffset >= job.endOffset);
    this.#lastDataOffsets = new Map(busy.map(({ producerId }) => [producerId, 0]));
  }

  /** The first pass. Also removes what an earlier compaction of this log has left half done. */
  begin(): void {
    const job = this.#job;
    this.#removeLeftovers();
    this.#aborted = job.abortedTransactions ?? readAbortedTransactions(this.#context.disk, job.directory);
    this.#map = new KeyOffsetMap({
      maxBytes: job.keyMapBytes,
      maxKeyCount: job.endOffset - job.firstDirtyOffset,
      seed: job.hashSeed,
    });
    this.#mapEndOffset = this.#fillMap(this.#map);
    this.#fates = new TransactionFates(this.#aborted);
    this.#filter = new BatchFilter({
      map: this.#map,
      mapEndOffset: this.#mapEndOffset,
      fates: this.#fates,
      producers: this.#durableProducers(),
      nowMs: job.nowMs,
      deleteRetentionMs: job.deleteRetentionMs,
      maxUnpackedBytes: job.maxUnpackedBytes,
      onUnreadable: (batch, reason) => this.#tellUnreadable(batch, reason),
    });
    const segments = job.segments.filter(({ baseOffset }) => baseOffset < this.#mapEndOffset);
    this.#groups = groupSegments(segments, job).reverse();
  }

  /**
   * Goes through the next group; undefined when all are done. After a throw the compaction is over, and files that had not
   * been given back are removed as far as the disk lets.
   */
  next(): CompactedGroup | undefined {
    const group = this.#groups.pop();
    if (group === undefined) return undefined;
    const output = new GroupOutput(() => this.#newSegment(group[0]!.baseOffset));
    try {
      this.#rewrite(group, output);
      return this.#finish(group, output);
    } catch (error) {
      this.#groups = [];
      output.remove();
      throw error;
    }
  }

  get result(): CompactionResult {
    return {
      ...this.#filter!.figures,
      cleanedUpTo: this.#mapEndOffset,
      keyCount: this.#map!.size,
      keyCapacity: this.#map!.capacity,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
    };
  }

  /** Returns the offset up to which the map has all keys. */
  #fillMap(map: KeyOffsetMap): number {
    const { segments, firstDirtyOffset, endOffset, maxUnpackedBytes } = this.#job;
    const fates = new TransactionFates(this.#aborted);
    const reader = this.#reader;
    const { batch } = reader;
    const scan = new RecordScan();
    for (const segment of segments) {
      if (segment.endOffset <= firstDirtyOffset) continue;
      using file = this.#openLog(segment);
      reader.start(file, segment.sizeInBytes);
      while (reader.next()) {
        if (batch.isControl) {
          fates.isNeedless(batch, decodeEndMarker(batch)?.type);
          continue;
        }
        const isAborted = fates.isAborted(batch);
        // Not told here: the second pass meets it too.
        if (batchProblem(batch) !== undefined) continue;
        if (this.#lastDataOffsets.has(batch.producerId)) {
          this.#lastDataOffsets.set(batch.producerId, batch.lastOffset);
        }
        if (isAborted || batch.lastOffset < firstDirtyOffset) continue;
        const endOffset = fillFrom(map, batch, scan, firstDirtyOffset, maxUnpackedBytes);
        if (endOffset !== undefined) return endOffset;
      }
    }
    return Math.max(endOffset, firstDirtyOffset);
  }

  /**
   * The last batch of a producer may lie behind what is compacted, where a power cut can take it, and then the producer sends it
   * again. So the one before it has to stay as well: the last that the first pass has met; all there are, if it has met none.
   */
  #durableProducers(): ActiveProducer[] {
    return this.#job.producers.map((producer) => {
      const lastDataOffset = this.#lastDataOffsets.get(producer.producerId);
      return lastDataOffset === undefined ? producer : { ...producer, lastDataOffset };
    });
  }

  #rewrite(group: readonly SegmentSummary[], output: GroupOutput): void {
    const reader = this.#reader;
    const { batch } = reader;
    const lastFull = group.findLastIndex(({ sizeInBytes }) => sizeInBytes > 0);
    // Segments become one, whatever is in them.
    if (group.length > 1) output.begin();
    for (const [index, segment] of group.entries()) {
      using file = this.#openLog(segment);
      reader.start(file, segment.sizeInBytes);
      while (reader.next()) {
        const filtered = this.#filter!.filter(batch, index === lastFull && reader.isLast);
        if (filtered === "same") {
          output.segment?.append(batch);
          continue;
        }
        if (output.segment === undefined) this.#copyPrefix(segment, reader.position, output.begin());
        if (filtered !== "dropped") output.begin().append(filtered);
      }
    }
  }

  /** Copies the batches before `end`, of which nothing had to go. */
  #copyPrefix(segment: SegmentSummary, end: number, output: CleanedSegment): void {
    if (end === 0) return;
    const reader = this.#prefixReader ??= this.#newReader();
    using file = this.#openLog(segment);
    reader.start(file, end);
    while (reader.next()) output.append(reader.batch);
  }

  #finish(group: readonly SegmentSummary[], output: GroupOutput): CompactedGroup {
    const { baseOffset } = group[0]!;
    const replaces = group.map((segment) => segment.baseOffset);
    const { segment } = output;
    if (segment === undefined) return { kind: "unchanged", baseOffset, replaces };
    const aborted = this.#fates.toIndex(baseOffset, group[group.length - 1]!.endOffset);
    segment.finish(aborted);
    this.#context.disk.syncDirectory(this.#job.directory);
    const { sizeInBytes, maxTimestamp } = segment;
    return {
      kind: "rewritten",
      baseOffset,
      replaces,
      sizeInBytes,
      maxTimestamp,
      hasTransactionIndex: aborted.length > 0,
    };
  }

  #newSegment(baseOffset: number): CleanedSegment {
    const { directory, segmentIndexBytes, indexIntervalBytes, bufferBytes } = this.#job;
    this.#writeBuffer ??= new Uint8Array(bufferBytes);
    return new CleanedSegment(this.#context.disk, this.#writeBuffer, {
      directory,
      baseOffset,
      segmentIndexBytes,
      indexIntervalBytes,
      onWrite: (bytes) => {
        this.#pass(bytes);
        this.#bytesWritten += bytes;
      },
    });
  }

  #newReader(): BatchReader {
    return new BatchReader(this.#job.bufferBytes, (bytes) => {
      this.#pass(bytes);
      this.#bytesRead += bytes;
    });
  }

  #pass(bytes: number): void {
    this.#throttle.pass(bytes);
    if (this.#context.shouldStop?.()) {
      throw new CompactionStopped(`the compaction of ${this.#job.directory} was stopped`);
    }
  }

  #openLog({ baseOffset }: SegmentSummary) {
    const path = join(this.#job.directory, formatSegmentFile(baseOffset, "log"));
    return this.#context.disk.open(path, { readOnly: true });
  }

  #removeLeftovers(): void {
    const { disk } = this.#context;
    const { directory } = this.#job;
    for (const { name } of disk.list(directory)) {
      if (parseSegmentFileInState(name)?.state === "cleaned") disk.removeFile(join(directory, name));
    }
  }

  #tellUnreadable({ baseOffset }: RecordBatch, reason: string): void {
    this.#unreadableCount++;
    if (this.#unreadableCount > 1) return;
    this.#context.log(
      "error",
      `${this.#job.directory}: the batch at offset ${baseOffset} stays as it is, as do any others like it: ${reason}`,
    );
  }
}

/** The segment that a group becomes, from when on there is a reason for it. */
class GroupOutput {
  segment: CleanedSegment | undefined;
  readonly #make: () => CleanedSegment;

  constructor(make: () => CleanedSegment) {
    this.#make = make;
  }

  begin(): CleanedSegment {
    return this.segment ??= this.#make();
  }

  /** Something has failed already: what fails now is left for the next compaction or start to remove. */
  remove(): void {
    try {
      this.segment?.remove();
    } catch {
      this.segment?.close();
    }
  }
}

/** Notes the batch's keys; the offset of the first that found no room, if one did not. */
function fillFrom(
  map: KeyOffsetMap,
  batch: RecordBatch,
  scan: RecordScan,
  fromOffset: number,
  maxUnpackedBytes: number,
): number | undefined {
  const { baseOffset } = batch;
  try {
    scan.open(batch, maxUnpackedBytes);
    while (scan.next()) {
      const offset = baseOffset + scan.offsetDelta;
      if (scan.keyStart < 0 || offset < fromOffset) continue;
      if (!map.put(scan.bytes, scan.keyStart, scan.keyEnd, offset)) return offset;
    }
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
  }
}
