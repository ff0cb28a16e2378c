/**
 * Reading records without any state on this side: `GET /topics/{topic}/partitions/{partition}/records`.
 *
 * What must be true: the records answered are those from the offset asked on, without a gap, as many as `max_bytes`
 * allows and at least one if there is one; `Milena-Next-Offset` is where to go on, also if nothing was answered. What is
 * unpacked for it is bounded, whatever a batch claims.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { ConnectionError } from "../../client/connection_error.ts";
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { BATCH_OVERHEAD, RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, RecordsError } from "../../protocol/records.ts";
import { ApiError, ApiErrorCode, badParameter } from "./api_error.ts";
import { EARLIEST_TIMESTAMP, type Gateway, LATEST_TIMESTAMP } from "./gateway.ts";
import { readableType, V2_METADATA_TYPE } from "./media_types.ts";
import { choice, integer, type ParameterValues, readQuery, text } from "./parameter.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import { RecordsWriter } from "./records_response.ts";
import type { Route, Services } from "./route.ts";
import { ByteResponse } from "./server/byte_response.ts";

/** Longest wait for records that may be asked for. */
export const MAX_TIMEOUT_MS = 60_000;
export const DEFAULT_TIMEOUT_MS = 1000;
export const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_MAX_BYTES = 16 * 1024 * 1024;
/** Most bytes that one batch may unpack to. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;

/** Nobody reads it: the number that nginx logs for it. */
const CALLER_IS_GONE = 499;
/** From version 13 on topics go by id. */
const MAX_FETCH_VERSION = 12;
const REQUEST_MARGIN_MS = 10_000;
/** What a record counts against max_bytes besides its key and value. */
const RECORD_OVERHEAD_BYTES = 64;

const FORMATS = ["json", "text", "base64"] as const;

const parameters = {
  offset: text({
    description:
      "where to begin: an offset, earliest (also if left out), latest, or -N for the last N records",
    pattern: /^(earliest|latest|-?[0-9]{1,16})$/,
    wanted: "a number, earliest, latest, or -N for the last N records",
  }),
  timestamp: integer({
    description: "instead of offset: begin at the first record that is not older, ms since 1970",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  }),
  max_bytes: integer({
    description: "about how many bytes of records; one record always comes",
    min: 1,
    max: MAX_MAX_BYTES,
    default: DEFAULT_MAX_BYTES,
  }),
  timeout: integer({
    description: "how long to wait if there is nothing, ms",
    min: 0,
    max: MAX_TIMEOUT_MS,
    default: DEFAULT_TIMEOUT_MS,
  }),
  key_format: choice(FORMATS, { description: "the format to show keys in if they can be" }),
  value_format: choice(FORMATS, { description: "the format to show values in if they can be" }),
};

const whole = v.pipe(v.number(), v.integer());
const format = v.optional(v.picklist(FORMATS));

/** The formats stand beside what is not in the one that the media type has. */
const record = v.pipe(
  v.strictObject({
    topic: v.string(),
    key: v.unknown(),
    key_format: format,
    value: v.unknown(),
    value_format: format,
    partition: v.pipe(whole, v.minValue(0)),
    offset: v.pipe(whole, v.minValue(0)),
    timestamp: v.nullable(whole),
    headers: v.array(v.strictObject({
      key: v.string(),
      value: v.nullable(v.string()),
      value_format: format,
    })),
  }),
  v.title("Record"),
);
const records = v.array(record);

export const fetchRoutes: readonly Route[] = [{
  method: "GET",
  path: "/topics/{topic}/partitions/{partition}/records",
  tag: "read",
  query: parameters,
  summary: "read records: offset=N, earliest, latest or -N for the last N; JSON, or NDJSON by Accept",
  example: `'HOST/topics/orders/partitions/0/records?offset=earliest&timeout=1000'`,
  answers: {
    200: {
      description: "Records from there on, in the order of their offsets.",
      content: {
        "application/json": records,
        "application/x-ndjson": undefined,
        "application/vnd.kafka.json.v2+json": records,
        "application/vnd.kafka.binary.v2+json": records,
        [V2_METADATA_TYPE]: records,
      },
      headers: {
        "Milena-Next-Offset": "where to go on",
        "Milena-End-Offset": "the offset of the next record to be written",
      },
    },
  },
  handle: fetchRecords,
}];

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly maxBytes: number;
  /** By performance.now(). */
  readonly deadline: number;
}

async function fetchRecords(context: Context, { gateway }: Services): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const partition = partitionOf(context);
  const query = readQuery(request.url, parameters);
  const wanted: Wanted = {
    topic,
    partition,
    maxBytes: Math.min(query.max_bytes, gateway.maxFetchBytes),
    deadline: performance.now() + query.timeout,
  };
  const from = startOf(query);
  const type = readableType(request.headers.get("accept"));
  const writer = new RecordsWriter(topic, partition, type, {
    keyFormat: query.key_format,
    valueFormat: query.value_format,
  });
  let progress: Progress;
  try {
    progress = await gateway.cluster.lendLeader(
      topic,
      partition,
      async (connection) =>
        await read(gateway, connection, wanted, await from(gateway, wanted, connection), writer),
      request.signal,
    );
  } catch (error) {
    if (!request.signal.aborted) throw error;
    return new Response(null, { status: CALLER_IS_GONE });
  }
  return new ByteResponse(writer.finish(), [
    ["content-type", type.contentType],
    ["cache-control", "no-store"],
    ["milena-next-offset", String(progress.nextOffset)],
    ["milena-end-offset", String(progress.endOffset)],
  ]);
}

/** Finds the offset to begin at. */
type Start = (gateway: Gateway, wanted: Wanted, connection: Connection) => Promise<number>;

function startOf({ offset, timestamp }: ParameterValues<typeof parameters>): Start {
  if (timestamp !== undefined) {
    if (offset !== undefined) {
      throw badParameter("Reading begins at an offset or at a timestamp: give one of the two.");
    }
    return async (gateway, { topic, partition }, connection) => {
      const found = await gateway.offsetAt(topic, partition, timestamp, connection);
      return found >= 0 ? found : await gateway.offsetAt(topic, partition, LATEST_TIMESTAMP, connection);
    };
  }
  if (offset === undefined || offset === "earliest") return startAt(EARLIEST_TIMESTAMP);
  if (offset === "latest") return startAt(LATEST_TIMESTAMP);
  const number = Number(offset);
  if (!Number.isSafeInteger(number)) throw badParameter(`offset must be below 2^53, but is ${offset}.`);
  if (!offset.startsWith("-")) return () => Promise.resolve(number);
  return async (gateway, { topic, partition }, connection) => {
    const { start, end } = await gateway.offsetRange(topic, partition, connection);
    return Math.max(start, end + number);
  };
}

function startAt(timestamp: number): Start {
  return (gateway, { topic, partition }, connection) =>
    gateway.offsetAt(topic, partition, timestamp, connection);
}

interface Progress {
  readonly nextOffset: number;
  readonly endOffset: number;
}

/** Fetches until there are records to show or the deadline has come. */
async function read(
  gateway: Gateway,
  connection: Connection,
  wanted: Wanted,
  offset: number,
  writer: RecordsWriter,
): Promise<Progress> {
  const { topic, partition, maxBytes, deadline } = wanted;
  for (;;) {
    const remainingMs = Math.max(0, Math.ceil(deadline - performance.now()));
    const fetched = await fetchOnce(gateway, connection, {
      topic,
      partition,
      maxBytes,
      offset,
      waitMs: remainingMs,
    });
    // The gateway is being closed: what was waited for does not come any more.
    if (fetched === undefined) return { nextOffset: offset, endOffset: offset };
    const nextOffset = fetched.records === null
      ? offset
      : addRecords(writer, fetched.records, offset, maxBytes);
    // Nothing to show although something came: markers of transactions, or what compaction left of a batch.
    const goOn = writer.count === 0 && performance.now() < deadline;
    if (!goOn) return { nextOffset, endOffset: Math.max(nextOffset, fetched.endOffset) };
    offset = nextOffset;
  }
}

interface Fetched {
  readonly endOffset: number;
  readonly records: Uint8Array | null;
}

/** undefined: the gateway was closed meanwhile. */
async function fetchOnce(
  gateway: Gateway,
  connection: Connection,
  what: { topic: string; partition: number; maxBytes: number; offset: number; waitMs: number },
): Promise<Fetched | undefined> {
  const { topic, partition, maxBytes, offset, waitMs } = what;
  try {
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: waitMs,
      minBytes: 1,
      maxBytes,
      topics: [{ topic, partitions: [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }] }],
    }, { maxVersion: MAX_FETCH_VERSION, timeoutMs: waitMs + REQUEST_MARGIN_MS });
    const found = answer.responses[0]?.partitions[0];
    const code = answer.errorCode || (found?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
    if (code === ErrorCode.OFFSET_OUT_OF_RANGE) throw await outOfRange(gateway, connection, what);
    await gateway.checkPartition(code, `read ${topic}-${partition}`, topic, partition);
    return { endOffset: found!.highWatermark, records: found!.records };
  } catch (error) {
    if (error instanceof ConnectionError && gateway.isEnding) return undefined;
    throw error;
  }
}

async function outOfRange(
  gateway: Gateway,
  connection: Connection,
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
): Promise<ApiError> {
  const { start, end } = await gateway.offsetRange(topic, partition, connection);
  return new ApiError(
    416,
    ApiErrorCode.OFFSET_OUT_OF_RANGE,
    `Offset ${offset} is outside partition ${partition} of ${
      JSON.stringify(topic)
    }, which has [${start}, ${end}): ` +
      `from ${start} on, and ${end} is the next to be written. offset=earliest and offset=latest always work.`,
    { "milena-start-offset": String(start), "milena-end-offset": String(end) },
  );
}

/** Adds the records of `bytes` from `offset` on, until they are `maxBytes` unpacked; returns the offset to go on at. */
export function addRecords(
  writer: RecordsWriter,
  bytes: Uint8Array,
  offset: number,
  maxBytes: number,
): number {
  const batch = new RecordBatch();
  const end = bytes.length;
  let room = maxBytes;
  // The last batch may be cut off where the broker's limit was.
  for (let position = 0; position + BATCH_OVERHEAD <= end && room > 0;) {
    batch.reset(bytes, position);
    const size = batch.sizeInBytes;
    if (size < BATCH_OVERHEAD || position + size > end) break;
    position += size;
    const nextOffset = batch.lastOffset + 1;
    if (nextOffset <= offset) continue;
    try {
      for (const record of batch.isControl ? [] : decodeRecords(batch, { maxBytes: MAX_UNPACKED_BYTES })) {
        if (record.offset < offset) continue;
        if (room <= 0) return record.offset;
        writer.add(record);
        room -= RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
        offset = record.offset + 1;
      }
    } catch (error) {
      if (!(error instanceof RecordsError)) throw error;
      // What comes before can be read: the error is for whoever asks from here on.
      if (writer.count > 0) return offset;
      throw unreadable(offset, nextOffset, error);
    }
    offset = nextOffset;
  }
  return offset;
}

function unreadable(offset: number, nextOffset: number, error: RecordsError): ApiError {
  return new ApiError(
    500,
    ApiErrorCode.KAFKA,
    `The record at offset ${offset} cannot be read: ${error.message}. offset=${nextOffset} goes on after its batch.`,
    { "milena-next-offset": String(nextOffset) },
  );
}
