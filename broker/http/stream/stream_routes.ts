/**
 * `GET /topics/{topic}/stream`: the records of a topic as they come, for as long as somebody listens.
 * @module
 */
import type { Context } from "hono";
import { ApiError, ApiErrorCode, badParameter } from "../api_error.ts";
import { parseFilter } from "../filter/filter.ts";
import { filterParameter } from "../filter/filter_parameter.ts";
import { failureOf, noSuchPartition } from "../kafka_failures.ts";
import { FORMATS, type Formats, negotiate, PLAIN_FORMATS } from "../media_types.ts";
import { ISOLATIONS } from "../partition_fetch.ts";
import { choice, flag, integer, type ParameterValues, readQuery, text } from "../parameter.ts";
import { topicOf } from "../path_parameters.ts";
import { shownAs } from "../records_response.ts";
import { StreamLine } from "../record_schema.ts";
import type { Route, Services } from "../route.ts";
import { offsetRanges, type Start, startOffsets } from "../start_offset.ts";
import { isPositions, parsePositions, type Positions } from "./positions.ts";
import { streamBody } from "./stream_body.ts";
import { eventsLater, eventStream, jsonLines } from "./stream_format.ts";
import { TopicStream } from "./topic_stream.ts";

const EVENTS = "text/event-stream";

const START =
  /^(earliest|latest|-[0-9]{1,16}|[0-9]{1,16}|\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:\d\d)?)?|\d+:\d+(,\d+:\d+)*)$/;

const parameters = {
  from: text({
    description:
      "where to begin: latest (also if left out), earliest, -N for the last N records of each partition, a " +
      "time (ms since 1970 or ISO 8601), or partition:offset pairs such as 0:15,1:3",
    pattern: START,
    wanted: "latest, earliest, -N, a time such as 2026-11-25T08:00:00Z, or pairs such as 0:15,1:3",
  }),
  last_event_id: text({ description: "where to go on, as the header Last-Event-ID, which wins over from" }),
  partition: text({
    description: "only these partitions, such as 0,2; left out: all, also those that come to be",
    pattern: /^\d{1,10}(,\d{1,10})*$/,
    wanted: "numbers of partitions such as 0,2",
  }),
  until: choice(["end"], { description: "end: stop where the topic ended when the stream began" }),
  max_records: integer({ description: "stop after so many records", min: 1, max: Number.MAX_SAFE_INTEGER }),
  filter: filterParameter,
  isolation: choice(ISOLATIONS, {
    description: "whether records of open and aborted transactions are shown",
    default: "read_uncommitted",
  }),
  progress: flag("say twice a second how far it has read"),
  key_format: choice(FORMATS, { description: "the format to show keys in if they can be" }),
  value_format: choice(FORMATS, { description: "the format to show values in if they can be" }),
};

type StreamQuery = ParameterValues<typeof parameters>;

export const streamRoutes: readonly Route[] = [{
  method: "GET",
  path: "/topics/{topic}/stream",
  tag: "stream",
  summary: "follow a topic live: Server-Sent Events for a browser's EventSource, lines of JSON for curl -N",
  description:
    "The id of each event is where the stream stands after it (the next offset of each partition), so a browser that " +
    "lost its connection goes on exactly there. Besides records there may be events named gap (records that are no " +
    "longer there), progress, end and error. Who reads slowly is sent slowly: nothing is kept for a stream but where " +
    "it stands.",
  example: `-N 'HOST/topics/orders/stream?from=-10'`,
  query: parameters,
  headers: { "Last-Event-ID": "where to go on: the id of the last event that was received" },
  answers: {
    200: {
      description: "the records, one event or line each, until one side ends it",
      content: { "application/x-ndjson": StreamLine, "text/event-stream": undefined },
    },
  },
  handle: stream,
}];

async function stream(context: Context, services: Services): Promise<Response> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const query = readQuery(request.url, parameters);
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter);
  const format = formatOf(request, query);
  const { gateway: { cluster, tails } } = services;
  const ended = tails.streams.begin();
  try {
    const partitions = await partitionsOf(services, topic, query);
    const start = await startOf(request, services, topic, partitions, query);
    const ranges = query.until === "end" || query.progress
      ? await offsetRanges(cluster, topic, [...start.keys()], query.isolation)
      : undefined;
    const ends: Positions = new Map(Array.from(ranges ?? [], ([partition, { end }]) => [partition, end]));
    const topicStream = new TopicStream({
      cluster,
      tails,
      topic,
      isolation: query.isolation,
      start,
      until: query.until === "end" ? ends : undefined,
      signal: request.signal,
    });
    const body = streamBody({
      topic,
      stream: topicStream,
      format,
      filter,
      maxRecords: query.max_records ?? Infinity,
      showsProgress: query.progress,
      ends,
      newPartitions: query.partition === undefined && query.until === undefined
        ? async () => [...(await cluster.leadersOf(topic)).keys()]
        : undefined,
      signal: request.signal,
      isEnding: () => services.gateway.isEnding,
      onEnd: ended,
    });
    return answer(body, format.contentType);
  } catch (error) {
    ended();
    const failure = failureOf(error, topic);
    if (failure?.status === 503 && format.contentType === EVENTS) return answer(eventsLater(failure), EVENTS);
    throw error;
  }
}

function answer(body: BodyInit, contentType: string): Response {
  return new Response(body, {
    headers: { "content-type": contentType, "cache-control": "no-store", "x-accel-buffering": "no" },
  });
}

function formatOf(request: Request, { key_format: keyFormat, value_format: valueFormat }: StreamQuery) {
  const usual: Formats = PLAIN_FORMATS;
  const shown = shownAs(usual, { keyFormat, valueFormat });
  const as = `${shown.key} ${shown.value}`;
  const accept = request.headers.get("accept");
  const type = accept === null
    ? "application/x-ndjson"
    : negotiate(accept, ["application/x-ndjson", EVENTS, "application/json"]);
  if (type === undefined) {
    throw new ApiError(
      406,
      ApiErrorCode.NOT_ACCEPTABLE,
      `A stream cannot be shown as ${
        JSON.stringify(accept!.slice(0, 100))
      }: ask for text/event-stream or application/x-ndjson.`,
    );
  }
  return type === EVENTS ? eventStream(shown, as) : jsonLines(shown, as);
}

/** The partitions that are asked for. Throws an ApiError 404. */
async function partitionsOf(
  { gateway: { cluster } }: Services,
  topic: string,
  { partition: wanted }: StreamQuery,
): Promise<number[]> {
  const count = (await cluster.leadersOf(topic)).length;
  if (wanted === undefined) return Array.from({ length: count }, (_, i) => i);
  const partitions = [...new Set(wanted.split(",").map(Number))].sort((a, b) => a - b);
  const missing = partitions.find((one) => one >= count);
  if (missing !== undefined) throw noSuchPartition(topic, missing, count);
  return partitions;
}

/** Where each partition begins: by Last-Event-ID, else as `from` says. Partitions that neither names begin at their start. */
async function startOf(
  request: Request,
  { gateway: { cluster } }: Services,
  topic: string,
  partitions: readonly number[],
  query: StreamQuery,
): Promise<Positions> {
  const lastEventId = request.headers.get("last-event-id") || query.last_event_id || undefined;
  const from = query.from ?? "latest";
  const pairs = lastEventId !== undefined
    ? parsePositions(lastEventId, "Last-Event-ID")
    : isPositions(from)
    ? parsePositions(from, "from")
    : undefined;
  if (pairs === undefined) {
    return await startOffsets(cluster, topic, partitions, startOfText(from), query.isolation);
  }
  const unknown = [...pairs.keys()].find((partition) => !partitions.includes(partition));
  if (unknown !== undefined) {
    throw badParameter(
      `Partition ${unknown} is not one of those that are streamed (${partitions.join(", ")}): leave it out.`,
    );
  }
  // Who names some of a topic's partitions to begin wants those; who comes back wants all there are by now.
  if (lastEventId === undefined) return pairs;
  return new Map(partitions.map((partition) => [partition, pairs.get(partition) ?? 0]));
}

function startOfText(from: string): Start {
  if (from === "earliest" || from === "latest") return { kind: from };
  if (/^-\d+$/.test(from)) return { kind: "last", count: -Number(from) };
  const timestampMs = /^\d+$/.test(from) ? Number(from) : Date.parse(from);
  if (Number.isSafeInteger(timestampMs)) return { kind: "time", timestampMs };
  throw badParameter(
    `from must be a time that there is, such as 2026-11-25T08:00:00Z, but is ${JSON.stringify(from)}.`,
  );
}
