/**
 * A client for clusters that speak Kafka's protocol, tried with Milena and Apache Kafka.
 * @module
 */
export type { Acl, AclFilter } from "./admin/acls.ts";
export {
  Admin,
  type AdminConfig,
  type AlterOptions,
  type DeletionOutcome,
  type ListedOffset,
  type OffsetSpec,
  type PartitionOutcome,
} from "./admin/admin.ts";
export type { Config, ConfigChange, ConfigResource } from "./admin/configs.ts";
export type { PartitionLag as GroupPartitionLag } from "./admin/group_lags.ts";
export type { CommittedOffset as GroupOffset } from "./admin/group_offsets.ts";
export type { GroupDescription, GroupMember, ListedGroup } from "./admin/groups.ts";
export type { LogDir, ReplicaSize } from "./admin/log_dirs.ts";
export { ALL_RECORDS, type RecordsToDelete } from "./admin/records.ts";
export type { PartitionStats } from "./admin/topic_stats.ts";
export type { CreatedTopic, PartitionDescription, TopicDescription, TopicToCreate } from "./admin/topics.ts";
export type { Broker, ClusterDescription } from "./broker_directory.ts";

export { ConfigError } from "./config/read_config.ts";
export { ClusterAwayError, ConnectionError, type ConnectionFailure } from "./connection_error.ts";
export { ResponseError } from "./response_error.ts";
export { UnknownPartitionError, UnknownTopicError } from "./unknown_topic_error.ts";

export type { BatchReport, RecordMetadata } from "./producer/batch_report.ts";
export type { Partitioner } from "./producer/partitioner.ts";
export { type Plain, Producer, type ProducerMetrics, type ProducerRecord } from "./producer/producer.ts";
export { ProducerError, type ProducerFailure } from "./producer/producer_error.ts";
export type { ProducerConfig } from "./producer/producer_options.ts";
export type { HeaderToWrite } from "./producer/record_writer.ts";

export { Consumer } from "./consumer/consumer.ts";
export type { ConsumerBatch } from "./consumer/consumer_batch.ts";
export type { ConsumerConfig } from "./consumer/consumer_options.ts";
export type { ConsumerRecord, RecordHeader } from "./consumer/consumer_record.ts";
export type {
  AssignedPartition,
  GroupMetadata,
  PartitionLag,
  PollOptions,
  ReadOptions,
} from "./consumer/consumer_types.ts";
export type { CommittedOffset, OffsetToCommit } from "./consumer/committed_offsets.ts";
export type { RebalanceListener } from "./consumer/rebalance_listener.ts";
export { SubscriptionStateError } from "./consumer/subscription_state_error.ts";
export { UnreadableBatchError } from "./consumer/fetched_records.ts";
export type { PartitionMap, TopicPartition } from "./consumer/topic_partitions.ts";

export { bytes } from "./serializers/bytes.ts";
export { json } from "./serializers/json.ts";
export { string } from "./serializers/string.ts";
export type { Deserializer, Serde, Serializer } from "./serializers/serializer.ts";
export type { OAuthBearerToken } from "./security/oauth_bearer.ts";
