/**
 * Where records without a key go (KIP-794): to one partition until about a batch's bytes have gone there, then to another,
 * so that batches are full; those whose batches leave slowly are chosen less often.
 * @module
 */
import type { ProducerTopic } from "./producer_topic.ts";

/** Another partition for `topic`. `isAdaptive`: by how many batches wait in each. `random` is in [0, 1). */
export function chooseStickyPartition(topic: ProducerTopic, isAdaptive: boolean, random: number): number {
  const { partitionCount, available, outstanding } = topic;
  const candidates = available === null || available.length === 0 ? undefined : available;
  const count = candidates?.length ?? partitionCount;
  if (count === 1) return candidates?.[0] ?? 0;
  if (!isAdaptive) return candidateAt(candidates, Math.floor(random * count));
  let longest = 0;
  for (let index = 0; index < count; index++) {
    longest = Math.max(longest, outstanding[candidateAt(candidates, index)] ?? 0);
  }
  // The longest queue weighs 1, one that is n shorter n + 1.
  let total = 0;
  for (let index = 0; index < count; index++) {
    total += longest + 1 - (outstanding[candidateAt(candidates, index)] ?? 0);
  }
  let rest = random * total;
  for (let index = 0; index < count; index++) {
    const partition = candidateAt(candidates, index);
    rest -= longest + 1 - (outstanding[partition] ?? 0);
    if (rest < 0) return partition;
  }
  return candidateAt(candidates, count - 1);
}

function candidateAt(candidates: readonly number[] | undefined, index: number): number {
  return candidates === undefined ? index : candidates[index]!;
}
