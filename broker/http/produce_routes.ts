/**
 * Writing records: `POST /topics/{topic}` (many, as JSON, in the v2 shape) and `POST /topics/{topic}/records` (one, the
 * body as it is).
 *
 * What must be true: a request is answered when the broker has acknowledged all of its records, with the place of each
 * and where they are (`durability`); if none was written the answer is an error; if only some were, each says so.
 * @module
 */
import type { Context } from "hono";
import { type ApiError, badParameter, wrongShape } from "./api_error.ts";
import { failureOf } from "./kafka_failures.ts";
import { formatsOfBody, metadataType } from "./media_types.ts";
import { acks, flag, integer, type ParameterValues, prefixed, readQuery, text } from "./parameter.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import type { Placed } from "./gateway.ts";
import type { Acks, Written } from "./produce_gatherer.ts";
import { bytesOfBase64 } from "./record_formats.ts";
import { type HeaderToWrite, MAX_TIMESTAMP, parseRecordsRequest } from "./records_request.ts";
import { readBody } from "./request_body.ts";
import type { Route, Services } from "./route.ts";
import { ByteResponse } from "./server/byte_response.ts";

const acksOnly = { acks };

const rawParameters = {
  acks,
  key: text({ description: "the key, as text; or a header: Kafka-Key (its bytes), Kafka-Key-Base64" }),
  partition: integer({ description: "where to; left out: by the key, or any", min: 0, max: 2 ** 31 - 1 }),
  timestamp: integer({ description: "ms since 1970; left out: now", min: 0, max: MAX_TIMESTAMP }),
  tombstone: flag("no value at all; the body must be empty"),
  "header.": prefixed("a record header; or Kafka-Header-NAME, whose NAME HTTP makes lower-case"),
};

type RawQuery = ParameterValues<typeof rawParameters>;

export const produceRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/topics/{topic}",
    tag: "write",
    query: acksOnly,
    summary: "write records: JSON, text or base64, with keys, headers and timestamps",
    example:
      `-H 'content-type: application/json' HOST/topics/orders -d '{"records":[{"key":"k","value":{"id":1}}]}'`,
    handle: (context, services) => produceMany(context, services, undefined),
  },
  {
    method: "POST",
    path: "/topics/{topic}/partitions/{partition}",
    tag: "write",
    query: acksOnly,
    summary: "the same, to one partition",
    example:
      `-H 'content-type: application/json' HOST/topics/orders/partitions/0 -d '{"records":[{"value":1}]}'`,
    handle: (context, services) => produceMany(context, services, partitionOf(context)),
  },
  {
    method: "POST",
    path: "/topics/{topic}/records",
    tag: "write",
    query: rawParameters,
    summary: "write one record: the body, as it is, is its value",
    example: `'HOST/topics/orders/records?key=k' --data-binary @file`,
    handle: produceRaw,
  },
];

async function produceMany(
  context: Context,
  services: Services,
  partition: number | undefined,
): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const acks = readQuery(request.url, acksOnly).acks;
  const formats = formatsOfBody(request.headers.get("content-type"));
  const records = parseRecordsRequest(await readBody(request, services.body), formats);
  if (partition !== undefined && records.some((record) => (record.partition ?? partition) !== partition)) {
    throw wrongShape(
      `A record names another partition than ${partition}, which the path names: leave one of the two out.`,
    );
  }
  const placed = await services.gateway.write(topic, records, { acks, partition });
  const failed = placed.filter(({ outcome }) => "error" in outcome);
  if (failed.length === placed.length) throw errorOf(failed[0]!);
  const durability = durabilityOf(acks, services);
  let offsets = "";
  for (let i = 0; i < placed.length; i++) offsets += (i === 0 ? "" : ",") + offsetJson(placed[i]!, topic);
  return new ByteResponse(
    `{"offsets":[${offsets}],"key_schema_id":null,"value_schema_id":null,"durability":"${durability}"}\n`,
    [["content-type", metadataType(request.headers.get("accept"))], ["milena-durability", durability]],
  );
}

async function produceRaw(context: Context, services: Services): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const query = readQuery(request.url, rawParameters);
  const { acks, tombstone, timestamp: givenTimestamp, partition } = query;
  const record = {
    key: keyOf(request.headers, query),
    headers: headersOf(request.headers, query),
    timestamp: givenTimestamp,
    partition,
  };
  const value = await readBody(request, services.body);
  if (tombstone && value.length > 0) {
    throw badParameter(
      `A tombstone has no value, but a body of ${value.length} bytes came: leave out one of the two.`,
    );
  }
  const [placed] = await services.gateway.write(topic, [{ ...record, value: tombstone ? null : value }], {
    acks,
  });
  if ("error" in placed!.outcome) throw errorOf(placed!);
  const { offset, timestamp } = placed!.outcome as Written;
  const durability = durabilityOf(acks, services);
  return new ByteResponse(
    `{"topic":"${topic}","partition":${placed!.partition},"offset":${offset < 0 ? null : offset},` +
      `"timestamp":${timestamp},"durability":"${durability}"}\n`,
    [["content-type", "application/json"], ["milena-durability", durability]],
  );
}

/** With acks=0 nobody knows where the record is. */
function durabilityOf(acks: Acks, services: Services): string {
  return acks === 0 ? "unknown" : services.durability;
}

/** One element of `offsets`: v2's error codes are 1, not to be tried again, and 2, which may succeed. */
function offsetJson({ partition, outcome }: Placed, topic: string): string {
  if ("error" in outcome) {
    const error = failureOf(outcome.error, topic);
    const code = error?.status === 503 || error?.status === 429 ? 2 : 1;
    const message = JSON.stringify(error?.message ?? "An error of the gateway; its log tells more.");
    return `{"partition":${partition},"offset":null,"error_code":${code},"error":${message}}`;
  }
  const offset = outcome.offset < 0 ? null : outcome.offset;
  return `{"partition":${partition},"offset":${offset},"error_code":null,"error":null}`;
}

function errorOf({ outcome }: Placed): ApiError | Error {
  return (outcome as { error: Error }).error;
}

const KEY = "kafka-key";
const KEY_BASE64 = "kafka-key-base64";
const HEADER = "kafka-header-";

/** From `?key=` (UTF-8), or the header Kafka-Key (its bytes) or Kafka-Key-Base64; null if there is none. */
function keyOf(headers: Headers, query: RawQuery): Uint8Array | null {
  const inQuery = query.key;
  const inHeader = headers.get(KEY);
  const inBase64 = headers.get(KEY_BASE64);
  const given = [inQuery, inHeader, inBase64].filter((key) => key !== undefined && key !== null);
  if (given.length > 1) {
    throw badParameter(
      "A record has one key: give it as ?key=, as Kafka-Key or as Kafka-Key-Base64, not twice.",
    );
  }
  if (inQuery !== undefined) return new TextEncoder().encode(inQuery);
  if (inHeader !== null) return latin1Bytes(inHeader);
  return inBase64 === null ? null : bytesOfBase64(inBase64, "Kafka-Key-Base64");
}

/** From `?header.NAME=` and headers named Kafka-Header-NAME, whose NAME HTTP makes lower-case. */
function headersOf(headers: Headers, query: RawQuery): HeaderToWrite[] {
  const result: HeaderToWrite[] = [];
  for (const [key, value] of query["header."]) {
    result.push({ key, value: new TextEncoder().encode(value) });
  }
  for (const [name, value] of headers) {
    if (name.startsWith(HEADER)) result.push({ key: name.slice(HEADER.length), value: latin1Bytes(value) });
  }
  return result;
}

/** The bytes of a header as they were on the wire: the server under us gives each as one character. */
function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
