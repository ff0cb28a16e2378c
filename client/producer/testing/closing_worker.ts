/**
 * The other side of a BatchMemory at its wildest: closes batches at any moment while records are added, reads them, and
 * gives them back.
 * @module
 */
import { RecordBatch } from "../../../protocol/record_batch.ts";
import { CompressionType } from "../../../protocol/compression_type.ts";
import { decodeRecords } from "../../../protocol/records.ts";
import { SeededRandom } from "../../../tests/support/random.ts";
import { BatchMemory, type BatchMemoryLayout } from "../batch_memory.ts";
import { PartitionQueue } from "../partition_queue.ts";
import { sealBatch } from "../sealed_batch.ts";
import { SenderBatch } from "../sender_batch.ts";

export interface ClosingTask {
  readonly layout: BatchMemoryLayout;
  readonly seed: number;
  readonly recordCount: number;
}

export interface ClosingResult {
  readonly error?: string;
  readonly batches: number;
}

const scope = globalThis as unknown as {
  onmessage: (event: { data: ClosingTask }) => void;
  postMessage(result: ClosingResult): void;
};

scope.onmessage = ({ data }) => {
  try {
    scope.postMessage({ batches: run(data) });
  } catch (error) {
    scope.postMessage({ error: (error as Error).message, batches: 0 });
  }
};

function run({ layout, seed, recordCount }: ClosingTask): number {
  const memory = new BatchMemory(layout);
  const random = new SeededRandom(seed);
  const topic = { name: "t", id: 0, queues: [], partitionCount: 1, isRefreshing: false };
  const queue = new PartitionQueue(topic, 0);
  const decoder = new TextDecoder();
  let batches = 0;
  for (let next = 0; next < recordCount;) {
    const entry = memory.toSender.take();
    if (entry < 0 || (entry & 1) === 1) continue;
    // Somewhere between at once and long after it is full.
    for (let spins = random.below(2000); spins > 0; spins--);
    const batch = new SenderBatch(queue, entry >> 1, 0, 0);
    batch.count = memory.close(batch.head);
    const bytes = sealBatch(memory, batch, {
      compression: CompressionType.none,
      level: undefined,
      isTransactional: false,
    });
    const view = new RecordBatch();
    view.reset(bytes, 0);
    for (const { value } of decodeRecords(view, { maxBytes: 1e6 })) {
      const text = decoder.decode(value!);
      const length = Number(text.split(" ")[1]);
      if (!text.startsWith(`${next} `) || text.length !== length) {
        throw new Error(`record ${next} is "${text.slice(0, 30)}" of ${text.length}`);
      }
      next++;
    }
    memory.deliver(batch.head, next, -1);
    batches++;
  }
  return batches;
}
