/**
 * What became of records of the v3 API.
 * @module
 */
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { Placed } from "../gateway.ts";
import { failureOf, noSuchPartition } from "../kafka_failures.ts";
import type { Acks } from "../produce_gatherer.ts";
import type { Services } from "../route.ts";
import type { ProducedRecord } from "./produced_record.ts";

/** A record of a request, or why it is none. */
export type Item = ProducedRecord | { readonly error: Error };

export interface ProduceTarget {
  readonly clusterId: string;
  readonly topic: string;
  readonly acks: Acks;
}

export type Report =
  & { readonly cluster_id: string }
  & { readonly topic_name: string }
  & Readonly<Record<string, unknown>>;

/** What became of one item: where it lies, or an error. */
export type ItemOutcome = { readonly report: Report } | { readonly error: ApiError };

/** Runs `parse`; what is wrong with the record is the item's error. */
export function itemOf(parse: () => ProducedRecord): Item {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ApiError) return { error };
    throw error;
  }
}

/**
 * Writes what can be written of `items`; resolves with what became of each, in order. Never rejects. When `onTaken` is
 * called, what is written later comes after these.
 */
export async function writeItems(
  services: Services,
  target: ProduceTarget,
  items: readonly Item[],
  onTaken: () => void = () => {},
): Promise<ItemOutcome[]> {
  const { gateway } = services;
  const { topic, acks } = target;
  try {
    const count = await gateway.cluster.partitionCount(topic);
    const checked = items.map((item) => partitionChecked(item, topic, count));
    const good = checked.filter((item): item is ProducedRecord => !("error" in item));
    const placed = good.length === 0
      ? []
      : await gateway.write(topic, good.map(({ record }) => record), { acks, onTaken });
    let next = 0;
    return checked.map((item) =>
      "error" in item ? { error: apiError(item.error, topic) } : outcomeOf(item, placed[next++]!, target)
    );
  } catch (error) {
    return items.map((item) => ({ error: apiError("error" in item ? item.error : error, topic) }));
  }
}

function partitionChecked(item: Item, topic: string, count: number): Item {
  if ("error" in item) return item;
  const { partition } = item.record;
  return partition === undefined || partition < count
    ? item
    : { error: noSuchPartition(topic, partition, count) };
}

function outcomeOf(
  { record, keyType, valueType }: ProducedRecord,
  { partition, outcome }: Placed,
  { clusterId, topic }: ProduceTarget,
): ItemOutcome {
  if ("error" in outcome) return { error: apiError(outcome.error, topic) };
  return {
    report: {
      cluster_id: clusterId,
      topic_name: topic,
      partition_id: partition,
      offset: outcome.offset < 0 ? null : outcome.offset,
      timestamp: new Date(outcome.timestamp).toISOString(),
      ...(keyType === undefined ? {} : { key: { type: keyType, size: record.key?.length ?? 0 } }),
      ...(valueType === undefined ? {} : { value: { type: valueType, size: record.value?.length ?? 0 } }),
      durability: outcome.durability,
    },
  };
}

/** `error` as the caller is told it. */
function apiError(error: unknown, topic: string): ApiError {
  return failureOf(error, topic) ?? new ApiError(
    500,
    ApiErrorCode.INTERNAL,
    "Something went wrong inside the gateway. Trying again may help.",
  );
}
