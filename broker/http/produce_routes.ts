/**
 * Writing records: `POST /topics/{topic}` (many, as JSON, in the v2 shape) and `POST /topics/{topic}/records` (one, the
 * body as it is).
 *
 * What must be true: a request is answered when the broker has acknowledged all of its records, with the place of each
 * and where they are (`durability`); if none was written the answer is an error; if only some were, each says so.
 * @module
 */
import type { Context } from "hono";
import { union } from "valibot";
import { type ApiError, badParameter, wrongShape } from "./api_error.ts";
import { failureOf } from "./kafka_failures.ts";
import { DOCUMENT_TYPES, formatsOfBody, linesOfBody, metadataType, V2_METADATA_TYPE } from "./media_types.ts";
import { acks, choice, flag, integer, type ParameterValues, prefixed, readQuery, text } from "./parameter.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import type { Placed } from "./gateway.ts";
import type { Acks, Written } from "./produce_gatherer.ts";
import { produceLines } from "./produce_lines.ts";
import {
  lineReportShape,
  linesShape,
  offsetsShape,
  placeShape,
  recordShape,
  recordsShape,
} from "./produce_shapes.ts";
import { type RecordDurability, weaker } from "./record_durability.ts";
import { bytesOfBase64 } from "./record_formats.ts";
import {
  type HeaderToWrite,
  MAX_TIMESTAMP,
  parseRecordsRequest,
  type RecordToWrite,
} from "./records_request.ts";
import { readBody } from "./request_body.ts";
import type { Route, Services } from "./route.ts";
import { ByteResponse } from "./server/byte_response.ts";

const manyParameters = {
  acks,
  lines: choice(["records", "values"], {
    description: "the body is lines, and each is a record in JSON, or a value; left out: as its type says",
  }),
  async: flag("answer 204 as soon as the records are handed over, without their places"),
};

const rawParameters = {
  acks,
  key: text({ description: "the key, as text; or a header: Kafka-Key (its bytes), Kafka-Key-Base64" }),
  partition: integer({ description: "where to; left out: by the key, or any", min: 0, max: 2 ** 31 - 1 }),
  timestamp: integer({ description: "ms since 1970; left out: now", min: 0, max: MAX_TIMESTAMP }),
  tombstone: flag("no value at all; the body must be empty"),
  "header.": prefixed("a record header; or Kafka-Header-NAME, whose NAME HTTP makes lower-case"),
};

type RawQuery = ParameterValues<typeof rawParameters>;

const durabilityHeader = {
  "Milena-Durability": "where the records are: page-cache, disk, or unknown where the broker does not say",
};

const many: Pick<Route, "method" | "tag" | "query" | "body" | "answers"> = {
  method: "POST",
  tag: "write",
  query: manyParameters,
  body: {
    description: "Records: one JSON text, or one record on each line.",
    content: {
      ...Object.fromEntries(DOCUMENT_TYPES.map((type) => [type, recordsShape])),
      "application/x-ndjson": recordShape,
      "text/plain": undefined,
    },
  },
  answers: {
    200: {
      description: "Acknowledged: the place of each record; of lines, what was written of each partition.",
      content: {
        "application/json": union([offsetsShape, linesShape]),
        [V2_METADATA_TYPE]: offsetsShape,
        "application/x-ndjson": union([lineReportShape, linesShape]),
      },
      headers: durabilityHeader,
    },
    204: { description: "Handed over (async=true): nobody waits for what becomes of the records." },
  },
};

export const produceRoutes: readonly Route[] = [
  {
    ...many,
    path: "/topics/{topic}",
    summary: "write records: JSON, text or base64, with keys, headers and timestamps; or lines of NDJSON",
    description:
      "A body in lines may be of any length: its records are written while it comes. The first line that can't be " +
      "written ends it with an error that has the members line, written and partitions besides the usual two. With " +
      "Accept: application/x-ndjson there is a report for each line as soon as it is written, and a summary at the end.",
    example:
      `-H 'content-type: application/json' HOST/topics/orders -d '{"records":[{"key":"k","value":{"id":1}}]}'`,
    handle: (context, services) => produceMany(context, services, undefined),
  },
  {
    ...many,
    path: "/topics/{topic}/partitions/{partition}",
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
    headers: {
      "Kafka-Key": "the key: its bytes",
      "Kafka-Key-Base64": "the key, in base64",
    },
    summary: "write one record: the body, as it is, is its value",
    example: `'HOST/topics/orders/records?key=k' --data-binary @file`,
    body: { description: "The value: any bytes.", isRequired: false, content: { "*/*": undefined } },
    answers: {
      200: {
        description: "Acknowledged: where the record is.",
        content: { "application/json": placeShape },
        headers: durabilityHeader,
      },
    },
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
  const { acks, lines, async: isAsync } = readQuery(request.url, manyParameters);
  const contentType = request.headers.get("content-type");
  const type = linesOfBody(contentType, lines);
  if (type !== undefined) {
    if (isAsync) throw badParameter("A body in lines is written while it comes: leave out async.");
    return await produceLines(request, services, { target: { topic, partition, acks }, type });
  }
  const formats = formatsOfBody(contentType);
  const records = parseRecordsRequest(await readBody(request, services.body), formats);
  if (partition !== undefined && records.some((record) => (record.partition ?? partition) !== partition)) {
    throw wrongShape(
      `A record names another partition than ${partition}, which the path names: leave one of the two out.`,
    );
  }
  if (isAsync) return await handOver(services, topic, records, { acks, partition });
  const placed = await services.gateway.write(topic, records, { acks, partition });
  const failed = placed.filter(({ outcome }) => "error" in outcome);
  if (failed.length === placed.length) throw errorOf(failed[0]!);
  const durability = durabilityOf(placed);
  let offsets = "";
  for (let i = 0; i < placed.length; i++) offsets += (i === 0 ? "" : ",") + offsetJson(placed[i]!, topic);
  return new ByteResponse(
    `{"offsets":[${offsets}],"key_schema_id":null,"value_schema_id":null,"durability":"${durability}"}\n`,
    [["content-type", metadataType(request.headers.get("accept"))], ["milena-durability", durability]],
  );
}

/** Answers when the records wait to be sent. What becomes of them nobody is told, as Strimzi's Bridge has it. */
async function handOver(
  { gateway }: Services,
  topic: string,
  records: readonly RecordToWrite[],
  options: { readonly acks: Acks; readonly partition: number | undefined },
): Promise<Response> {
  const taken = Promise.withResolvers<void>();
  const writing = gateway.write(topic, records, { ...options, onTaken: taken.resolve });
  await Promise.race([taken.promise, writing]);
  writing.catch(() => {});
  return new Response(null, { status: 204 });
}

async function produceRaw(context: Context, services: Services): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const query = readQuery(request.url, rawParameters);
  const { acks, tombstone, timestamp: givenTimestamp, partition } = query;
  checkUtf8(request.url);
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
  const { offset, timestamp, durability } = placed!.outcome as Written;
  return new ByteResponse(
    `{"topic":"${topic}","partition":${placed!.partition},"offset":${offset < 0 ? null : offset},` +
      `"timestamp":${timestamp},"durability":"${durability}"}\n`,
    [["content-type", "application/json"], ["milena-durability", durability]],
  );
}

/** Of those that were written; there is at least one. */
function durabilityOf(placed: readonly Placed[]): RecordDurability {
  let weakest: RecordDurability = "disk";
  for (const { outcome } of placed) if ("offset" in outcome) weakest = weaker(weakest, outcome.durability);
  return weakest;
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

/** Throws an ApiError 400 if a key or header in the query is not UTF-8: other bytes would be replaced in silence. */
function checkUtf8(url: string): void {
  const start = url.indexOf("?");
  if (start < 0 || !url.includes("%", start)) return;
  for (const parameter of url.slice(start + 1).split("&")) {
    if (!/^(key|header\.[^=]*)=/.test(parameter)) continue;
    try {
      decodeURIComponent(parameter);
    } catch {
      const name = parameter.slice(0, parameter.indexOf("="));
      throw badParameter(
        `${name} in the query is not UTF-8 in %-escapes: send other bytes as a header of the request, ` +
          (name === "key" ? "Kafka-Key-Base64, in base64." : "Kafka-Header-NAME, as they are."),
      );
    }
  }
}

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
