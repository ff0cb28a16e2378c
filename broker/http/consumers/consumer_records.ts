/**
 * Records that a consumer instance has got, in the type that its caller accepts.
 * @module
 */
import type { ConsumerRecord } from "../../../client/consumer/consumer_record.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { type Format, negotiate, readableType, V2_METADATA_TYPE } from "../media_types.ts";
import { recordHead, RecordsWriter, type Shown, shownAs } from "../records_response.ts";
import type { InstanceFormat } from "./instance_config.ts";

export interface InstanceType {
  readonly contentType: string;
  readonly shown: Shown;
}

const TYPES: Readonly<Record<InstanceFormat, string>> = {
  binary: "application/vnd.kafka.binary.v2+json",
  json: "application/vnd.kafka.json.v2+json",
};
const FORMATS: Readonly<Record<InstanceFormat, Format>> = { binary: "base64", json: "json" };

/** Throws an ApiError 406 if `accept` wants another format than the instance has. */
export function instanceType(format: InstanceFormat, accept: string | null): InstanceType {
  const offered = [TYPES[format], V2_METADATA_TYPE, "application/json"];
  const contentType = accept === null ? TYPES[format] : negotiate(accept, offered);
  if (contentType === undefined) {
    throw new ApiError(
      406,
      ApiErrorCode.NOT_ACCEPTABLE,
      `This consumer instance was made with the format ${format}: accept ${TYPES[format]}, or make another.`,
    );
  }
  const { formats } = readableType(contentType);
  const wanted = { keyFormat: FORMATS[format], valueFormat: FORMATS[format] };
  return { contentType, shown: shownAs(formats, wanted) };
}

export function writeConsumed(consumed: readonly ConsumerRecord[], shown: Shown): Uint8Array<ArrayBuffer> {
  const writer = new RecordsWriter(false, shown);
  let head = "";
  let last: ConsumerRecord | undefined;
  for (const record of consumed) {
    // They come in runs of one partition.
    if (record.partition !== last?.partition || record.topic !== last.topic) {
      head = recordHead(record.topic, record.partition);
    }
    writer.add(head, record);
    last = record;
  }
  return writer.finish();
}
