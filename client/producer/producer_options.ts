/**
 * What a producer's configuration comes to, once its keys are held against one another.
 * @module
 */
import { missingCodec } from "../../protocol/compression.ts";
import { CompressionType } from "../../protocol/compression_type.ts";
import { commonKeys } from "../config/common_keys.ts";
import type { ConfigInput, ConfigValues } from "../config/config_key.ts";
import type { CommonConfig } from "../config/cluster_of.ts";
import { brokerAddress } from "../config/cluster_of.ts";
import { producerKeys } from "../config/producer_keys.ts";
import { ConfigError, readConfig } from "../config/read_config.ts";
import { securityOf } from "../security/security_of.ts";
import type { Serializer } from "../serializers/serializer.ts";
import type { BatchMemoryLayout } from "./batch_memory.ts";
import type { SenderOptions } from "./sender_messages.ts";

type Given = ConfigInput<typeof producerKeys>;
export type ProducerValues = ConfigValues<typeof producerKeys>;

/** See client/config/producer_keys.ts. */
export interface ProducerConfig<K, V> extends Omit<Given, "key.serializer" | "value.serializer"> {
  readonly "key.serializer"?: Serializer<K>;
  readonly "value.serializer"?: Serializer<V>;
}

/** How many batches a broker remembers of a producer. */
const MAX_IDEMPOTENT_IN_FLIGHT = 5;

/** Throws a ConfigError. */
export function producerValues<K, V>(given: ProducerConfig<K, V>): ProducerValues {
  const values = readConfig("a producer", producerKeys, given as Given);
  // What only the sender would notice is told here, where it was given.
  values["bootstrap.servers"].forEach(brokerAddress);
  securityOf(values);
  const missing = missingCodec(CompressionType[values["compression.type"]]);
  if (missing !== undefined) {
    throw new ConfigError(`"compression.type" of a producer can't be had: ${missing}`);
  }
  const isIdempotent = idempotence(values, given as Given);
  const least = values["linger.ms"] + values["request.timeout.ms"];
  if (values["delivery.timeout.ms"] < least && given["delivery.timeout.ms"] !== undefined) {
    throw new ConfigError(
      `"delivery.timeout.ms" of a producer is ${
        values["delivery.timeout.ms"]
      }, but must be at least linger.ms + ` +
        `request.timeout.ms, which is ${least}`,
    );
  }
  return {
    ...values,
    "enable.idempotence": isIdempotent,
    "delivery.timeout.ms": Math.max(values["delivery.timeout.ms"], least),
  };
}

/** As with Kafka's: it is on unless something else was asked for that it can't go with, and it was not asked for itself. */
function idempotence(values: ProducerValues, given: Given): boolean {
  if (!values["enable.idempotence"]) {
    if (values["transactional.id"] === null) return false;
    throw new ConfigError('a producer with a "transactional.id" needs "enable.idempotence"');
  }
  const conflict = !["all", "-1"].includes(values.acks)
    ? `acks=all, and "acks" is ${values.acks}`
    : values["max.in.flight.requests.per.connection"] > MAX_IDEMPOTENT_IN_FLIGHT
    ? `at most ${MAX_IDEMPOTENT_IN_FLIGHT} requests in flight, and "max.in.flight.requests.per.connection" is ` +
      values["max.in.flight.requests.per.connection"]
    : values.retries === 0
    ? 'retries, and "retries" is 0'
    : undefined;
  if (conflict === undefined) return true;
  const isAsked = given["enable.idempotence"] !== undefined || values["transactional.id"] !== null;
  if (isAsked) throw new ConfigError(`"enable.idempotence" of a producer wants ${conflict}`);
  return false;
}

export function senderOptions(values: ProducerValues, layout: BatchMemoryLayout): SenderOptions {
  const compression = values["compression.type"];
  const gzipLevel = values["compression.gzip.level"];
  return {
    common: commonOf(values),
    hasTokens: values["sasl.oauthbearer.token"] !== null,
    layout,
    acks: values.acks === "0" ? 0 : values.acks === "1" ? 1 : -1,
    isIdempotent: values["enable.idempotence"],
    lingerMs: values["linger.ms"],
    compression: CompressionType[compression],
    compressionLevel: compression === "zstd"
      ? values["compression.zstd.level"]
      : compression === "gzip" && gzipLevel !== -1
      ? gzipLevel
      : undefined,
    maxRequestBytes: values["max.request.size"],
    maxInFlight: values["max.in.flight.requests.per.connection"],
    deliveryTimeoutMs: values["delivery.timeout.ms"],
    maxBlockMs: values["max.block.ms"],
    retries: values.retries,
    transactionalId: values["transactional.id"],
    transactionTimeoutMs: values["transaction.timeout.ms"],
  };
}

function commonOf(values: ProducerValues): Omit<CommonConfig, "sasl.oauthbearer.token"> {
  const entries = Object.keys(commonKeys)
    .filter((name) => name !== "sasl.oauthbearer.token")
    .map((name) => [name, values[name as keyof ProducerValues]]);
  return Object.fromEntries(entries);
}
