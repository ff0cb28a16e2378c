/**
 * Reading records without any state on this side: of one partition, or the newest of a whole topic.
 *
 * What must be true: the records answered are those from the offset asked on, without a gap, as many as the limits allow
 * and at least one if there is one; `Milena-Next-Offset` is where to go on, also if nothing was answered.
 * @module
 */
import type { Context } from "hono";
import { ConnectionError } from "../../client/connection_error.ts";
import type { Connection } from "../../client/connection.ts";
import { checkCode } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ApiError, ApiErrorCode, badParameter } from "./api_error.ts";
import { type Filter, parseFilter } from "./filter/filter.ts";
import { filterParameter } from "./filter/filter_parameter.ts";
import type { Gateway } from "./gateway.ts";
import { FORMATS, type ReadableType, readableType, V2_METADATA_TYPE } from "./media_types.ts";
import { choice, integer, type ParameterValues, readQuery, text } from "./parameter.ts";
import {
  type Fetched,
  fetchPartition,
  type Isolation,
  ISOLATIONS,
  takeRecords,
  wholeBatches,
} from "./partition_fetch.ts";
import { checkPartition } from "./partition_check.ts";
import { partitionOf, topicOf } from "./path_parameters.ts";
import { Record as RecordSchema, Records as RecordsSchema } from "./record_schema.ts";
import { type ReadRecord, recordHead, RecordsWriter, shownAs } from "./records_response.ts";
import type { Route, Services } from "./route.ts";
import { ByteResponse } from "./server/byte_response.ts";
import { type Ends, offsetRange, offsetRanges, type Start, startOffsets } from "./start_offset.ts";

/** Longest wait for records that may be asked for. */
export const MAX_TIMEOUT_MS = 60_000;
export const DEFAULT_TIMEOUT_MS = 1000;
export const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_MAX_BYTES = 16 * 1024 * 1024;
const MAX_NEWEST = 9999;
const DEFAULT_NEWEST = 10;

/** Nobody reads it: the number that nginx logs for it. */
const CALLER_IS_GONE = 499;
/** What a record counts against max_bytes besides its key and value. */
const RECORD_OVERHEAD_BYTES = 64;

const limits = {
  max_bytes: integer({
    description: "about how many bytes of records; one record always comes",
    min: 1,
    max: MAX_MAX_BYTES,
    default: DEFAULT_MAX_BYTES,
  }),
  filter: filterParameter,
  isolation: choice(ISOLATIONS, {
    description: "whether records of open and aborted transactions are shown",
    default: "read_uncommitted",
  }),
  key_format: choice(FORMATS, { description: "the format to show keys in if they can be" }),
  value_format: choice(FORMATS, { description: "the format to show values in if they can be" }),
};

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
  ...limits,
  max_records: integer({ description: "at most so many records", min: 1, max: Number.MAX_SAFE_INTEGER }),
  timeout: integer({
    description: "how long to wait if there is nothing, ms",
    min: 0,
    max: MAX_TIMEOUT_MS,
    default: DEFAULT_TIMEOUT_MS,
  }),
};

type RecordsQuery = ParameterValues<typeof parameters>;

const newestParameters = {
  offset: text({
    description: "-N: how many records, over all partitions, the newest by their timestamps; left out: -10",
    pattern: /^-[1-9][0-9]{0,3}$/,
    wanted: `-N for the newest N records, at most ${MAX_NEWEST}`,
  }),
  ...limits,
};

const RECORDS_CONTENT = {
  "application/json": RecordsSchema,
  "application/x-ndjson": RecordSchema,
  "application/vnd.kafka.json.v2+json": RecordsSchema,
  "application/vnd.kafka.binary.v2+json": RecordsSchema,
  [V2_METADATA_TYPE]: RecordsSchema,
};

const RAW_TYPE = "application/octet-stream";

export const fetchRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/topics/{topic}/partitions/{partition}/records",
    tag: "read",
    summary: "read records: offset=N, earliest, latest or -N for the last N; JSON, or NDJSON by Accept",
    description:
      "Nothing is kept between two requests: Milena-Next-Offset says where to go on. As application/octet-stream the " +
      "record batches come as they are stored (format v2, whole batches, also records before the offset in the first).",
    example: `'HOST/topics/orders/partitions/0/records?offset=earliest&timeout=1000'`,
    query: parameters,
    answers: {
      200: {
        description: "records in the order of their offsets",
        content: { ...RECORDS_CONTENT, [RAW_TYPE]: undefined },
        headers: {
          "Milena-Next-Offset": "where to go on",
          "Milena-End-Offset": "the offset of the next record to be written",
        },
      },
    },
    handle: fetchRecords,
  },
  {
    method: "GET",
    path: "/topics/{topic}/records",
    tag: "read",
    summary: "the newest records of a topic, over all its partitions",
    description:
      "Sorted by timestamp, the newest last. To follow them, see /topics/{topic}/stream; to read on from a place, see " +
      "/topics/{topic}/partitions/{partition}/records.",
    example: `'HOST/topics/orders/records?offset=-10'`,
    query: newestParameters,
    answers: { 200: { description: "records, the newest last", content: RECORDS_CONTENT } },
    handle: fetchNewest,
  },
];

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly maxBytes: number;
  readonly maxRecords: number;
  readonly isolation: Isolation;
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
    maxRecords: query.max_records ?? Infinity,
    isolation: query.isolation,
    deadline: performance.now() + query.timeout,
  };
  const start = startOf(query);
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter);
  const accept = request.headers.get("accept");
  if (accept === RAW_TYPE) {
    if (filter !== undefined || query.max_records !== undefined) {
      throw badParameter(
        "Batches come as they are stored: filter and max_records need records as JSON, so ask for another type by Accept.",
      );
    }
  }
  const target = accept === RAW_TYPE
    ? new RawBatches()
    : new ShownRecords(wanted, filter, writerFor(readableType(accept), query));
  const progress = await reading(request, () =>
    gateway.cluster.lendLeader(
      topic,
      partition,
      async (connection) =>
        await read(gateway, connection, wanted, await offsetOf(gateway, wanted, start), target),
      request.signal,
    ));
  if (progress === undefined) return new Response(null, { status: CALLER_IS_GONE });
  return new ByteResponse(target.finish(), [
    ["content-type", accept === RAW_TYPE ? RAW_TYPE : readableType(accept).contentType],
    ["cache-control", "no-store"],
    ["milena-next-offset", String(progress.nextOffset)],
    ["milena-end-offset", String(progress.endOffset)],
  ]);
}

function writerFor(
  type: ReadableType,
  query: Pick<RecordsQuery, "key_format" | "value_format">,
): RecordsWriter {
  const { key_format: keyFormat, value_format: valueFormat } = query;
  return new RecordsWriter(type.lines, shownAs(type.formats, { keyFormat, valueFormat }));
}

/** undefined: the caller has gone. */
async function reading<T>(request: Request, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!request.signal.aborted) throw error;
    return undefined;
  }
}

/** A number: an offset. */
function startOf({ offset, timestamp }: RecordsQuery): Start | number {
  if (timestamp !== undefined) {
    if (offset !== undefined) {
      throw badParameter("Reading begins at an offset or at a timestamp: give one of the two.");
    }
    return { kind: "time", timestampMs: timestamp };
  }
  if (offset === undefined) return { kind: "earliest" };
  if (offset === "earliest" || offset === "latest") return { kind: offset };
  const number = Number(offset);
  if (!Number.isSafeInteger(number)) throw badParameter(`offset must be below 2^53, but is ${offset}.`);
  return offset.startsWith("-") ? { kind: "last", count: -number } : number;
}

async function offsetOf(
  { cluster }: Gateway,
  { topic, partition, isolation }: Wanted,
  start: Start | number,
): Promise<number> {
  if (typeof start === "number") return start;
  return (await startOffsets(cluster, topic, [partition], start, isolation)).get(partition)!;
}

interface Progress {
  readonly nextOffset: number;
  readonly endOffset: number;
}

/** Where what is read goes. */
interface Target {
  /** True if there is something to answer. */
  readonly hasAny: boolean;
  /** Takes what was fetched from `offset` on; returns where to go on. */
  take(fetched: Fetched, offset: number): number;
  finish(): Uint8Array<ArrayBuffer>;
}

class ShownRecords implements Target {
  readonly #wanted: Wanted;
  readonly #filter: Filter | undefined;
  readonly #writer: RecordsWriter;
  readonly #head: string;
  #room: number;

  constructor(wanted: Wanted, filter: Filter | undefined, writer: RecordsWriter) {
    this.#wanted = wanted;
    this.#filter = filter;
    this.#writer = writer;
    this.#head = recordHead(wanted.topic, wanted.partition);
    this.#room = wanted.maxBytes;
  }

  get hasAny(): boolean {
    return this.#writer.count > 0;
  }

  take(fetched: Fetched, offset: number): number {
    const { partition, maxRecords } = this.#wanted;
    const writer = this.#writer;
    return takeRecords(fetched, offset, (record) => {
      if (this.#room <= 0 || writer.count >= maxRecords) return false;
      if (this.#filter === undefined || this.#filter.matches({ record, partition })) {
        writer.add(this.#head, record);
        this.#room -= costOf(record);
      }
      return true;
    });
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish();
  }
}

class RawBatches implements Target {
  #bytes: Uint8Array = new Uint8Array();

  get hasAny(): boolean {
    return this.#bytes.length > 0;
  }

  take({ records }: Fetched, offset: number): number {
    if (records === null) return offset;
    const { length, nextOffset } = wholeBatches(records, offset);
    this.#bytes = records.subarray(0, length);
    return nextOffset;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes as Uint8Array<ArrayBuffer>;
  }
}

function costOf({ key, value }: ReadRecord): number {
  return RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
}

/** Fetches until there is something to show or the deadline has come. */
async function read(
  gateway: Gateway,
  connection: Connection,
  wanted: Wanted,
  offset: number,
  target: Target,
): Promise<Progress> {
  const { topic, partition, maxBytes, isolation, deadline } = wanted;
  for (;;) {
    const waitMs = Math.max(0, Math.ceil(deadline - performance.now()));
    let fetched: Fetched;
    try {
      fetched = await fetchPartition(connection, { topic, partition, maxBytes, offset, waitMs, isolation });
    } catch (error) {
      // The gateway is being closed: what was waited for does not come any more.
      if (error instanceof ConnectionError && gateway.isEnding) {
        return { nextOffset: offset, endOffset: offset };
      }
      throw error;
    }
    const { errorCode, endOffset } = fetched;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) throw await outOfRange(gateway, wanted, offset);
    await checkPartition(gateway.cluster, errorCode, `read ${topic}-${partition}`, wanted);
    const nextOffset = target.take(fetched, offset);
    // Nothing to show although something came: markers of transactions, what compaction left of a batch, a filter.
    if (target.hasAny || performance.now() >= deadline) {
      return { nextOffset, endOffset: Math.max(nextOffset, endOffset) };
    }
    offset = nextOffset;
  }
}

async function outOfRange(
  { cluster }: Gateway,
  { topic, partition, isolation }: Wanted,
  offset: number,
): Promise<ApiError> {
  const { start, end } = await offsetRange(cluster, topic, partition, isolation);
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

/** The newest records of each partition, of which the newest of all are kept. */
async function fetchNewest(context: Context, { gateway }: Services): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const query = readQuery(request.url, newestParameters);
  const count = query.offset === undefined ? DEFAULT_NEWEST : -Number(query.offset);
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter);
  const type = readableType(request.headers.get("accept"));
  const partitions = [...(await gateway.cluster.leadersOf(topic)).keys()];
  const ranges = await offsetRanges(gateway.cluster, topic, partitions, query.isolation);
  const found = await reading(
    request,
    () =>
      Promise.all(Array.from(ranges, ([partition, ends]) =>
        newestOf(gateway, {
          topic,
          partition,
          maxBytes: Math.max(1, Math.floor(query.max_bytes / partitions.length)),
          maxRecords: count,
          isolation: query.isolation,
          deadline: 0,
        }, { ends, filter, signal: request.signal }))),
  );
  if (found === undefined) return new Response(null, { status: CALLER_IS_GONE });
  const records = found.flat().sort((a, b) =>
    a.record.timestamp - b.record.timestamp || a.partition - b.partition || a.record.offset - b.record.offset
  );
  const writer = writerFor(type, query);
  for (const { partition, record } of records.slice(-count)) {
    writer.add(recordHead(topic, partition), record);
  }
  return new ByteResponse(writer.finish(), [["content-type", type.contentType], [
    "cache-control",
    "no-store",
  ]]);
}

interface PlacedRecord {
  readonly partition: number;
  readonly record: ReadRecord;
}

/** The last `maxRecords` records of a partition within `maxBytes`, the newest of them at least. */
async function newestOf(
  { cluster, maxFetchBytes }: Gateway,
  { topic, partition, maxBytes, maxRecords, isolation }: Wanted,
  { ends, filter, signal }: {
    readonly ends: Ends;
    readonly filter: Filter | undefined;
    readonly signal: AbortSignal;
  },
): Promise<PlacedRecord[]> {
  const kept: PlacedRecord[] = [];
  let bytes = 0;
  await cluster.lendLeader(topic, partition, async (connection) => {
    kept.length = bytes = 0;
    let offset = Math.max(ends.start, ends.end - maxRecords);
    while (offset < ends.end) {
      const fetched = await fetchPartition(connection, {
        topic,
        partition,
        offset,
        maxBytes: Math.min(DEFAULT_MAX_BYTES, maxFetchBytes),
        waitMs: 0,
        isolation,
      });
      checkCode(fetched.errorCode, `read ${topic}-${partition}`);
      const next = takeRecords(fetched, offset, (record) => {
        if (filter !== undefined && !filter.matches({ record, partition })) return true;
        kept.push({ partition, record });
        bytes += costOf(record);
        while (bytes > maxBytes && kept.length > 1) bytes -= costOf(kept.shift()!.record);
        return true;
      });
      if (next === offset) break;
      offset = next;
    }
  }, signal);
  return kept;
}
