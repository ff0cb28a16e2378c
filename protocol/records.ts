/**
 * The records of a batch, format v2: made, read, and looked through by time. Source: Kafka's documentation, "Record";
 * KIP-98. All in all:
 *
 * | field          | type              | note                                                     |
 * |----------------|-------------------|----------------------------------------------------------|
 * | length         | varint            | of all that follows                                      |
 * | attributes     | int8              | unused                                                   |
 * | timestampDelta | varlong           | to the batch's base timestamp                            |
 * | offsetDelta    | varint            | to the batch's base offset                               |
 * | key            | varint and bytes  | length -1: null                                          |
 * | value          | varint and bytes  | length -1: null                                          |
 * | headers        | varint and so many | each: key as varint and UTF-8, never null; value as above |
 *
 * A broker that keeps batches as they came does not come here; clients do, and whoever must look into a batch.
 * @module
 */
export { decodeRecords, takeHeaders, unpackRecords } from "./record_decoder.ts";
export type { DecodeOptions, LogRecord, RecordHeader } from "./record_decoder.ts";
export { BatchBuilder } from "./batch_builder.ts";
export { encodeBatch, recompressBatch } from "./record_encoder.ts";
export type { BatchOptions, NewRecord } from "./record_encoder.ts";
export { controlRecord, controlRecordType } from "./control_record.ts";
export type { ControlRecordType } from "./control_record.ts";
export { findOffsetByTimestamp } from "./timestamp_search.ts";
export { RecordScanner } from "./record_scanner.ts";
export { RecordsError } from "./records_error.ts";
