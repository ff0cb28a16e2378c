/**
 * Where consumer instances of the v2 API are: what they commit, and where they go on.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { type FoundOffset, LATEST, offsetsAt } from "../../../client/admin/offsets.ts";
import type { OffsetToCommit } from "../../../client/consumer/committed_offsets.ts";
import type { TopicPartition } from "../../../client/consumer/topic_partitions.ts";
import { checkCode } from "../../../client/response_error.ts";
import { badParameter } from "../api_error.ts";
import type { Gateway } from "../gateway.ts";
import { checkShape, readJsonBody } from "../json_body.ts";
import { readQuery, text } from "../parameter.ts";
import type { Route, Services } from "../route.ts";
import { told } from "./consumer_failures.ts";
import { CommitOffsetsBody, OffsetsAnswer, PartitionsBody, PositionsBody } from "./consumer_shapes.ts";
import { answer, done, INSTANCE, v2Body, v2Content, withInstance } from "./instance_route.ts";

const EXAMPLE = { topic: "orders", partition: 0 };

const committedParameters = {
  partitions: text({
    description: "which: orders:0,orders:1; left out, and without a body: those that the instance has",
    pattern: /^[A-Za-z0-9._-]{1,249}:[0-9]{1,10}(,[A-Za-z0-9._-]{1,249}:[0-9]{1,10})*$/,
    wanted: "a topic and a partition, or many: orders:0,orders:1",
  }),
};

export const positionRoutes: readonly Route[] = [
  {
    method: "POST",
    path: `${INSTANCE}/offsets`,
    tag: "groups",
    summary: "commit: all that an instance was given, or up to some records",
    description:
      "An empty body commits all that was answered so far. As in Confluent's REST Proxy an offset in `offsets` " +
      "is that of a record that was worked on: the group goes on at the one after it. In `partitions`, as Redpanda has " +
      "them, it is the offset to go on at.",
    example: "-X POST HOST/consumers/billing/instances/worker-1/offsets",
    body: {
      description: "Records that were worked on; empty: all.",
      isRequired: false,
      content: v2Body(CommitOffsetsBody),
      example: { offsets: [{ ...EXAMPLE, offset: 41 }] },
    },
    answers: { 200: { description: "They are committed.", content: v2Content(v.array(v.never())) } },
    handle: commit,
  },
  {
    method: "GET",
    path: `${INSTANCE}/offsets`,
    tag: "groups",
    summary: "what the group has committed: where it goes on",
    description:
      'Which partitions may also stand in a body, as in Confluent\'s REST Proxy: {"partitions":[…]}.',
    example: "'HOST/consumers/billing/instances/worker-1/offsets?partitions=orders:0,orders:1'",
    query: committedParameters,
    answers: {
      200: { description: "Those of which something is committed.", content: v2Content(OffsetsAnswer) },
    },
    handle: showCommitted,
  },
  {
    method: "POST",
    path: `${INSTANCE}/positions`,
    tag: "groups",
    summary: "have an instance go on at offsets, or at times",
    example:
      `HOST/consumers/billing/instances/worker-1/positions -d '{"offsets":[{"topic":"orders","partition":0,"offset":42}]}'`,
    body: {
      description: "Offsets to go on at, or times whose first record that is not older is gone on at.",
      content: v2Body(PositionsBody),
      example: { offsets: [{ ...EXAMPLE, offset: 42 }] },
    },
    answers: { 204: { description: "It goes on there." } },
    handle: seek,
  },
  seekRoute("beginning", "earliest"),
  seekRoute("end", "latest"),
];

function seekRoute(name: "beginning" | "end", where: "earliest" | "latest"): Route {
  return {
    method: "POST",
    path: `${INSTANCE}/positions/${name}`,
    tag: "groups",
    summary: `have an instance go on at the ${name} of partitions`,
    example:
      `HOST/consumers/billing/instances/worker-1/positions/${name} -d '{"partitions":[{"topic":"orders","partition":0}]}'`,
    body: {
      description: "The partitions.",
      content: v2Body(PartitionsBody),
      example: { partitions: [EXAMPLE] },
    },
    answers: { 204: { description: "It goes on there." } },
    handle: (context, services) =>
      withInstance(context, services, async ({ consumer }) => {
        const { partitions } = await readJsonBody(context.req.raw, services.body, PartitionsBody);
        await told(() => consumer.seekTo(partitions, where));
        return done();
      }),
  };
}

async function commit(context: Context, services: Services): Promise<Response> {
  return await withInstance(context, services, async ({ consumer }) => {
    const body = await readJsonBody(context.req.raw, services.body, v.nullable(CommitOffsetsBody), null);
    await told(() => consumer.commit(body === null ? undefined : offsetsIn(body)));
    return answer(context, []);
  });
}

function offsetsIn(body: v.InferOutput<typeof CommitOffsetsBody>): OffsetToCommit[] {
  const [offsets, past] = "offsets" in body ? [body.offsets, 1] : [body.partitions, 0];
  return offsets.map(({ topic, partition, offset, metadata }) => ({
    topic,
    partition,
    offset: offset + past,
    ...typeof metadata === "string" ? { metadata } : {},
  }));
}

async function showCommitted(context: Context, services: Services): Promise<Response> {
  const { partitions } = readQuery(context.req.raw.url, committedParameters);
  return await withInstance(context, services, async ({ consumer }) => {
    const body = await readJsonBody(context.req.raw, services.body, v.nullable(PartitionsBody), null);
    if (body !== null && partitions !== undefined) {
      throw badParameter("Partitions are named in the body or in the query: give one of the two.");
    }
    const wanted = body?.partitions ??
      (partitions === undefined ? consumer.assignment : partitionsIn(partitions));
    const committed = await told(() => consumer.committed(wanted));
    const offsets = Array.from(
      committed,
      ({ topic, partition, value: { offset, metadata } }) => ({ topic, partition, offset, metadata }),
    );
    return answer(context, { offsets });
  });
}

function partitionsIn(list: string): readonly TopicPartition[] {
  const partitions = list.split(",").map((one) => {
    const [topic, partition] = one.split(":");
    return { topic, partition: Number(partition) };
  });
  return checkShape({ partitions }, PartitionsBody).partitions;
}

async function seek(context: Context, services: Services): Promise<Response> {
  return await withInstance(context, services, async ({ consumer }) => {
    const { offsets, timestamps } = await readJsonBody(context.req.raw, services.body, PositionsBody);
    const found = await Promise.all(
      timestamps.map(({ topic, partition, timestamp }) =>
        offsetAt(services.gateway, { topic, partition }, new Date(timestamp).getTime())
      ),
    );
    await told(() => {
      for (const { topic, partition, offset } of [...offsets, ...found]) {
        consumer.seek({ topic, partition }, offset);
      }
    });
    return done();
  });
}

/** The first record that is not older; the end, if all are. */
async function offsetAt(
  { cluster }: Gateway,
  one: TopicPartition,
  timestampMs: number,
): Promise<OffsetToCommit> {
  for (const timestamp of [timestampMs, LATEST]) {
    const [{ errorCode, offset }] = await offsetsAt(cluster, timestamp, [one]) as [FoundOffset];
    checkCode(errorCode, `find an offset of ${one.topic}-${one.partition}`);
    if (offset >= 0) return { ...one, offset };
  }
  return { ...one, offset: 0 };
}
