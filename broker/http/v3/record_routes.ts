/**
 * Deleting records from the beginning of a topic's partitions.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { ALL_RECORDS, type DeletedRecords, deleteRecords } from "../../../client/admin/records.ts";
import { describeTopic } from "../../../client/admin/topics.ts";
import { isAnswer } from "../../../client/admin/by_leader.ts";
import { ResponseError } from "../../../client/response_error.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { ApiError, ApiErrorCode, wrongShape } from "../api_error.ts";
import { readJsonBody } from "../json_body.ts";
import { failureOf, noSuchPartition } from "../kafka_failures.ts";
import { topicOf } from "../path_parameters.ts";
import type { Route, Services } from "../route.ts";
import { id, offset, Resource } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, jsonBody, v3Route } from "./v3_route.ts";

const wantedSchema = v.pipe(
  v.strictObject({
    data: v.pipe(
      v.array(v.strictObject({
        partition_id: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1)),
        /** The first record that stays; "latest": none does. */
        before_offset: v.union([
          v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
          v.literal("latest"),
        ]),
      })),
      v.minLength(1),
    ),
  }),
  v.title("RecordsToDelete"),
);

const kafkaDeletedRecords = new Resource("KafkaDeletedRecords", {
  topic_name: v.string(),
  partition_id: id,
  /** Where the partition begins now; null: nothing was deleted. */
  earliest_offset: v.nullable(offset),
  error_code: v.nullable(id),
  message: v.nullable(v.string()),
});

export const recordRoutes: readonly Route[] = [
  v3Route({
    method: "POST",
    path: "/topics/{topic}/records:delete",
    tag: "topics",
    summary: "delete the records before an offset, for good",
    description:
      'One element for each partition; `"before_offset":"latest"` deletes all that are there. If some ' +
      "partitions were refused and others not, the refused ones say why; if all were, the answer is the error.",
    example:
      `HOST/v3/clusters/$CLUSTER/topics/orders/records:delete -d '{"data":[{"partition_id":0,"before_offset":1}]}'`,
    body: jsonBody(wantedSchema, "From which partitions, and up to where.", {
      data: [{ partition_id: 0, before_offset: 0 }],
    }),
    answers: { 200: answered("What became of each.", kafkaDeletedRecords.listSchema) },
    handle: remove,
  }),
];

async function remove(
  scope: Scope,
  context: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const topic = topicOf(context);
  const { data } = await readJsonBody(context.req.raw, body, wantedSchema);
  if (new Set(data.map(({ partition_id }) => partition_id)).size < data.length) {
    throw wrongShape('A partition is there twice in "data".');
  }
  const { partitions } = await describeTopic(cluster, topic);
  const unknown = data.find(({ partition_id }) => partition_id >= partitions.length);
  if (unknown !== undefined) throw noSuchPartition(topic, unknown.partition_id, partitions.length);
  const answers = await deleteRecords(
    cluster,
    data.map(({ partition_id, before_offset }) => ({
      topic,
      partition: partition_id,
      before: before_offset === "latest" ? ALL_RECORDS : before_offset,
    })),
  );
  const failures = answers.map(({ errorCode, partition }) => failureFor(topic, partition, errorCode));
  if (failures.every((failure) => failure !== undefined)) throw failures[0]!;
  return kafkaDeletedRecords.list(
    context.req.url,
    answers.map((answer, i) => {
      const { partition } = answer;
      const self = scope.link("topics", topic, "partitions", partition);
      return kafkaDeletedRecords.at(scope, self, `topic=${topic}/partition=${partition}`, {
        topic_name: topic,
        partition_id: partition,
        earliest_offset: isAnswer<DeletedRecords>(answer) ? answer.start : null,
        error_code: failures[i]?.code ?? null,
        message: failures[i]?.message ?? null,
      });
    }),
  );
}

function failureFor(topic: string, partition: number, code: number): ApiError | undefined {
  if (code === ErrorCode.NONE) return undefined;
  if (code === ErrorCode.OFFSET_OUT_OF_RANGE) {
    return new ApiError(
      416,
      ApiErrorCode.OFFSET_OUT_OF_RANGE,
      `Partition ${partition} of ${
        JSON.stringify(topic)
      } ends before that offset: "latest" deletes all there is.`,
    );
  }
  return failureOf(new ResponseError(code, `delete records of ${topic}-${partition}`), topic);
}
