/**
 * A client for clusters that speak Kafka's protocol: Milena, Apache Kafka, Redpanda.
 * @module
 */
export type { BatchReport, RecordMetadata } from "./producer/batch_report.ts";
export type { Partitioner } from "./producer/partitioner.ts";
export { type Plain, Producer, type ProducerMetrics, type ProducerRecord } from "./producer/producer.ts";
export { ProducerError, type ProducerFailure } from "./producer/producer_error.ts";
export type { ProducerConfig } from "./producer/producer_options.ts";
export type { HeaderToWrite } from "./producer/record_writer.ts";

export { Consumer, type ReadOptions } from "./consumer/consumer.ts";
export type { ConsumerBatch } from "./consumer/consumer_batch.ts";
export type { ConsumerConfig } from "./consumer/consumer_options.ts";
export type { ConsumerRecord, RecordHeader } from "./consumer/consumer_record.ts";
export type {
  AssignedPartition,
  GroupMetadata,
  PartitionLag,
  PollOptions,
} from "./consumer/consumer_core.ts";
export type { CommittedOffset, OffsetToCommit } from "./consumer/committed_offsets.ts";
export type { RebalanceListener } from "./consumer/rebalance_listener.ts";
export { SubscriptionStateError } from "./consumer/subscription_state_error.ts";
export { UnreadableBatchError } from "./consumer/fetched_records.ts";
export type { TopicPartition } from "./consumer/topic_partitions.ts";

export { ConfigError } from "./config/read_config.ts";
export { ConnectionError } from "./connection_error.ts";
export { ResponseError } from "./response_error.ts";
export { UnknownTopicError } from "./unknown_topic_error.ts";

export { bytes } from "./serializers/bytes.ts";
export { json } from "./serializers/json.ts";
export { string } from "./serializers/string.ts";
export type { Deserializer, Serde, Serializer } from "./serializers/serializer.ts";
export type { OAuthBearerToken } from "./security/oauth_bearer.ts";
