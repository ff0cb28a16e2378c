/**
 * Produce, as a sender has it: batches in, what became of each out.
 * @module
 */
import type { ProduceRequest, ProduceResponse } from "../../protocol/messages/00_produce.ts";
import type { SenderBatch } from "./sender_batch.ts";
import type { SenderTopic } from "./sender_topic.ts";

export type PartitionOutcome = ProduceResponse["responses"][number]["partitionResponses"][number];

/** In versions in which topics go by name. */
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** The part of a request that has the batches, at most one of each partition. */
export function topicData(
  batches: readonly SenderBatch[],
  bytesOf: (batch: SenderBatch) => Uint8Array,
): ProduceRequest["topicData"] {
  const topics = new Map<SenderTopic, { index: number; records: Uint8Array }[]>();
  for (const batch of batches) {
    const { topic, partition: index } = batch.queue;
    const one = { index, records: bytesOf(batch) };
    const partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, [one]);
    else partitions.push(one);
  }
  return Array.from(topics, ([{ name }, partitionData]) => ({ name, topicId: NO_ID, partitionData }));
}

/** What an answer says of each batch; undefined: nothing. */
export function outcomesOf(
  batches: readonly SenderBatch[],
  { responses }: ProduceResponse,
): (PartitionOutcome | undefined)[] {
  return batches.map(({ queue: { topic, partition } }) =>
    responses.find(({ name }) => name === topic.name)
      ?.partitionResponses.find(({ index }) => index === partition)
  );
}
