/**
 * Writing records in the shapes of the v3 API: one or a stream of them, and a batch whose entries have ids.
 *
 * As Confluent's REST Proxy has it, a stream is answered with status 200 whatever becomes of its records: each report has an
 * `error_code` of its own, 200 where the record was written.
 * @module
 */
import type { Context } from "hono";
import { ApiError, ApiErrorCode, wrongShape } from "../api_error.ts";
import { acks, readQuery } from "../parameter.ts";
import { topicOf } from "../path_parameters.ts";
import { parseJson } from "../records_request.ts";
import { readBody } from "../request_body.ts";
import { json, type Route, type Services } from "../route.ts";
import { clusterOf } from "./cluster_of.ts";
import { type Item, itemOf, type ProduceTarget, writeItems } from "./produce_report.ts";
import {
  produceBatchReportShape,
  produceBatchShape,
  producedRecordShape,
  produceReportShape,
} from "./produce_shapes.ts";
import { produceStream } from "./produce_stream.ts";
import { type Members, membersIn, producedRecord } from "./produced_record.ts";

const parameters = { acks };
const MAX_ID_LENGTH = 80;
const JSON_TYPE = "application/json";

export const v3ProduceRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v3/clusters/{cluster_id}/topics/{topic}/records",
    tag: "write",
    query: parameters,
    summary: "write one record, or a stream of them: JSON objects one after the other",
    description:
      "Records are written while they come, in a body of any length; a report for each leaves as soon as it is " +
      "written, in the same order, one on each line. The status is 200 whatever becomes of them: error_code says it.",
    example: `-H 'content-type: application/json' HOST/v3/clusters/CLUSTER/topics/orders/records ` +
      `-d '{"key":{"type":"STRING","data":"k"},"value":{"type":"JSON","data":{"id":1}}}'`,
    body: {
      description: "One record, or many one after the other.",
      content: { [JSON_TYPE]: producedRecordShape },
    },
    answers: {
      200: { description: "A report for each record.", content: { [JSON_TYPE]: produceReportShape } },
    },
    handle: produceRecords,
  },
  {
    method: "POST",
    path: "/v3/clusters/{cluster_id}/topics/{topic}/records:batch",
    tag: "write",
    query: parameters,
    summary: "write a batch of records, each with an id of yours",
    example: `-H 'content-type: application/json' HOST/v3/clusters/CLUSTER/topics/orders/records:batch ` +
      `-d '{"entries":[{"id":"1","value":{"type":"STRING","data":"hello"}}]}'`,
    body: {
      description: "Entries: records with an id of 1 to 80 characters each, no two alike.",
      content: { [JSON_TYPE]: produceBatchShape },
    },
    answers: {
      207: {
        description: "What became of each entry, by its id.",
        content: { [JSON_TYPE]: produceBatchReportShape },
      },
    },
    handle: produceBatch,
  },
];

async function produceRecords(context: Context, services: Services): Promise<Response> {
  const target = await targetOf(context, services);
  return new Response(produceStream(context.req.raw, services, target), {
    headers: { "content-type": JSON_TYPE, "cache-control": "no-store" },
  });
}

async function produceBatch(context: Context, services: Services): Promise<Response> {
  const target = await targetOf(context, services);
  const entries = parseJson(await readBody(context.req.raw, services.body), (scanner) => {
    let found: Members[] | undefined;
    scanner.openObject("the body");
    for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
      if (name !== "entries" || found !== undefined) {
        throw wrongShape('The body has one member, "entries", and no other.');
      }
      found = [];
      scanner.openArray('"entries"');
      for (let first = true; scanner.nextElement(first); first = false) {
        found.push(membersIn(scanner, `entries[${found.length}]`));
      }
    }
    return found ?? [];
  });
  if (entries.length === 0) {
    throw wrongShape(
      'The body has no entries: it must be {"entries":[{"id":"1","value":…}, …]} with at least one.',
    );
  }
  const ids = idsOf(entries);
  const items = entries.map((members): Item => {
    members.delete("id");
    return itemOf(() => producedRecord(members));
  });
  const outcomes = await writeItems(services, target, items);
  const successes: unknown[] = [];
  const failures: unknown[] = [];
  outcomes.forEach((outcome, i) => {
    const id = ids[i]!;
    if ("report" in outcome) successes.push({ id, ...outcome.report });
    else failures.push({ id, error_code: outcome.error.code, message: outcome.error.message });
  });
  return json({ successes, failures }, { status: 207 });
}

/** Where to write. Throws an ApiError 404 if there is no such cluster, a ResponseError if there is no such topic. */
async function targetOf(context: Context, services: Services): Promise<ProduceTarget> {
  const request = context.req.raw;
  const topic = topicOf(context);
  const { acks } = readQuery(request.url, parameters);
  checkType(request.headers.get("content-type"));
  const clusterId = await clusterOf(context, services);
  const { cluster } = services.gateway;
  if (cluster.rememberedPartitionCount(topic) === undefined) await cluster.partitionCount(topic);
  return { clusterId, topic, acks };
}

function checkType(contentType: string | null): void {
  if (contentType === null || /^application\/(json|x-ndjson|jsonl)\s*(;|$)/i.test(contentType)) return;
  throw new ApiError(
    415,
    ApiErrorCode.UNSUPPORTED_MEDIA_TYPE,
    `A body of type ${
      JSON.stringify(contentType.slice(0, 100))
    } is not read here: send "Content-Type: application/json".`,
  );
}

function idsOf(entries: readonly Members[]): string[] {
  const ids = new Set<string>();
  entries.forEach((members, i) => {
    const raw = members.get("id");
    const id: unknown = raw === undefined ? undefined : JSON.parse(new TextDecoder().decode(raw));
    if (typeof id !== "string" || id.length < 1 || id.length > MAX_ID_LENGTH) {
      throw wrongShape(`entries[${i}].id must be a string of 1 to ${MAX_ID_LENGTH} characters.`);
    }
    if (ids.has(id)) {
      throw wrongShape(
        `entries[${i}].id is ${JSON.stringify(id)}, which another entry has already: ids tell entries apart.`,
      );
    }
    ids.add(id);
  });
  return [...ids];
}
