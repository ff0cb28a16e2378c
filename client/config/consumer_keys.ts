/**
 * What a consumer can be told. Names and defaults are those of Kafka's.
 * @module
 */
import { bytes } from "../serializers/bytes.ts";
import { type Deserializer, isDeserializer } from "../serializers/serializer.ts";
import { commonKeys } from "./common_keys.ts";
import { bool, int, list, long, object, oneOf, text } from "./config_key.ts";

const deserializer = (whose: string) =>
  // deno-lint-ignore no-explicit-any -- of whatever type the records are
  object<Deserializer<any>>(
    bytes,
    "an object with a method deserialize",
    isDeserializer,
    `Makes values of the bytes of ${whose}. Default: bytes.`,
  );

export const consumerKeys = {
  ...commonKeys,
  "key.deserializer": deserializer("keys"),
  "value.deserializer": deserializer("values"),
  "group.id": text(null, "The group to join, or to commit for. Without it there is nothing to commit to."),
  "group.instance.id": text(null, "Makes it a static member: who restarts soon gets back what it had."),
  "group.protocol": oneOf(
    "classic",
    ["classic", "consumer"],
    "classic: members assign partitions. consumer: the broker does (KIP-848), without stopping anybody.",
  ),
  "group.remote.assignor": text(null, "Who assigns with the consumer protocol: uniform or range."),
  "partition.assignment.strategy": list(
    ["range", "cooperative-sticky"],
    "Who assigns with the classic protocol, best first: range, roundrobin, cooperative-sticky.",
  ),
  "session.timeout.ms": int(45_000, { least: 1 }, "How long the group waits for a sign of life."),
  "heartbeat.interval.ms": int(
    3000,
    { least: 1 },
    "How often one is given. At most a third of session.timeout.ms.",
  ),
  "max.poll.interval.ms": int(
    300_000,
    { least: 1 },
    "How long may lie between two reads before the member counts as stuck and leaves its group.",
  ),
  "auto.offset.reset": oneOf(
    "latest",
    ["earliest", "latest", "none"],
    "Where to begin in a partition of which nothing is committed, or what was has gone.",
  ),
  "enable.auto.commit": bool(true, "Commit what was read, every auto.commit.interval.ms and when closing."),
  "auto.commit.interval.ms": int(5000, { least: 0 }, "How often that is."),
  "isolation.level": oneOf(
    "read_uncommitted",
    ["read_uncommitted", "read_committed"],
    "Whether records of transactions that are open or aborted are given.",
  ),
  "fetch.min.bytes": int(1, { least: 0 }, "A broker waits until it has so much to give,"),
  "fetch.max.wait.ms": int(500, { least: 0 }, "but no longer than this."),
  "fetch.max.bytes": int(52_428_800, { least: 0 }, "Largest answer, but for one batch that is larger."),
  "max.partition.fetch.bytes": int(1_048_576, { least: 0 }, "The same for each partition of it."),
  "max.poll.records": int(500, { least: 1 }, "Records that one poll gives at most."),
  "queued.max.bytes": long(
    67_108_864,
    { least: 1 },
    "What is fetched ahead, at most, and what one batch may unpack to if that is larger than 16 MiB.",
  ),
  "check.crcs": bool(true, "Hold each batch against its checksum."),
  "allow.auto.create.topics": bool(true, "Let the cluster make a topic that is subscribed to."),
  "exclude.internal.topics": bool(true, "A pattern does not match internal topics."),
} as const;
