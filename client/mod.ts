/**
 * A client for Kafka's protocol: Milena, Apache Kafka, and whatever else speaks it.
 * @module
 */
export { ConfigError } from "./config/read_config.ts";
export { ConnectionError } from "./connection_error.ts";
export { ResponseError } from "./response_error.ts";
export { UnknownTopicError } from "./unknown_topic_error.ts";
export type { BatchReport, RecordMetadata } from "./producer/batch_report.ts";
export type { Partitioner } from "./producer/partitioner.ts";
export { type Plain, Producer, type ProducerMetrics, type ProducerRecord } from "./producer/producer.ts";
export { ProducerError, type ProducerFailure } from "./producer/producer_error.ts";
export type { ProducerConfig } from "./producer/producer_options.ts";
export type { HeaderToWrite } from "./producer/record_writer.ts";
export type { GroupMetadata } from "./producer/sender_messages.ts";
export { bytes } from "./serializers/bytes.ts";
export { json } from "./serializers/json.ts";
export { string } from "./serializers/string.ts";
export type { Deserializer, Serde, Serializer } from "./serializers/serializer.ts";
export type { OAuthBearerToken } from "./security/oauth_bearer.ts";
