/**
 * What a producer can be told. Names and defaults are those of Kafka's.
 * @module
 */
import type { BatchReport } from "../producer/batch_report.ts";
import type { Partitioner } from "../producer/partitioner.ts";
import { isSerializer, type Serializer } from "../serializers/serializer.ts";
import { passingSerializer } from "../serializers/bytes.ts";
import { commonKeys } from "./common_keys.ts";
import { bool, callback, int, INT_MAX, long, object, oneOf, text } from "./config_key.ts";

const serializer = (whose: string) =>
  // deno-lint-ignore no-explicit-any -- of whatever type the records are
  object<Serializer<any>>(
    passingSerializer,
    "an object with a method serialize",
    isSerializer,
    `Makes bytes of ${whose}. Default: texts and bytes as they are.`,
  );

export const producerKeys = {
  ...commonKeys,
  "key.serializer": serializer("keys"),
  "value.serializer": serializer("values"),
  "acks": oneOf(
    "all",
    ["all", "-1", "1", "0"],
    "Who must have a batch before it counts: all replicas in sync, their leader, or nobody.",
  ),
  "enable.idempotence": bool(true, "Each record once and in order, whatever is sent twice. Wants acks=all."),
  "batch.size": int(16_384, { least: 0 }, "Bytes at which a batch is full. 0: each record is one."),
  "linger.ms": long(5, { least: 0 }, "How long a batch that is not full waits for more."),
  "compression.type": oneOf(
    "none",
    ["none", "gzip", "snappy", "lz4", "zstd"],
    "How batches are compressed. zstd wants Deno, or Node 22.15 or newer.",
  ),
  "compression.gzip.level": int(
    -1,
    { least: -1, most: 9 },
    "1: fastest, 9: smallest, -1: the codec's usual.",
  ),
  "compression.zstd.level": int(3, { least: -131_072, most: 22 }, "Higher: smaller and slower."),
  "buffer.memory": long(33_554_432, { least: 65_536 }, "Bytes for records that are not acknowledged yet."),
  "max.block.ms": long(
    60_000,
    { least: 0 },
    "How long a record may wait for room in buffer.memory, or for what is known of its topic.",
  ),
  "max.request.size": int(1_048_576, { least: 1 }, "Largest request, and largest record before compression."),
  "max.in.flight.requests.per.connection": int(
    5,
    { least: 1 },
    "Requests on their way to a broker at the same time. At most 5 with idempotence.",
  ),
  "delivery.timeout.ms": int(
    120_000,
    { least: 1 },
    "When a record that is not acknowledged by then has failed. At least linger.ms + request.timeout.ms.",
  ),
  "retries": int(INT_MAX, { least: 0 }, "How often a batch is sent again, within delivery.timeout.ms."),
  "partitioner.ignore.keys": bool(false, "Spread records with keys as if they had none."),
  "partitioner.adaptive.partitioning.enable": bool(
    true,
    "Give more to partitions whose batches leave faster.",
  ),
  "partitioner": callback<Partitioner>("a function", "Chooses partitions, instead of Kafka's own way."),
  "transactional.id": text(
    null,
    "Makes the producer transactional, under a name of which there is one at a time.",
  ),
  "transaction.timeout.ms": int(60_000, { least: 1 }, "When the cluster aborts what was not ended."),
  "sender": oneOf(
    "worker",
    ["worker", "inline"],
    "Where batches are compressed and sent: in a thread of their own, or in the caller's.",
  ),
  "on.batch": callback<(report: BatchReport) => void>(
    "a function",
    "Called for each batch that was delivered, or was not, in the order of its partition.",
  ),
} as const;
