/**
 * Consuming as a group without a consumer: `POST /groups/{group}/topics/{topic}/poll` hands records out under a lease,
 * `…/commit` settles it. Nothing is bound to a connection or to this process: see lease_note.ts.
 * @module
 */
import type { Context } from "hono";
import { UnreadableBatchError } from "../../../client/consumer/fetched_records.ts";
import { ApiError, ApiErrorCode, wrongShape } from "../api_error.ts";
import { ByteWriter } from "../byte_writer.ts";
import { readJsonBody } from "../json_body.ts";
import { readableType } from "../media_types.ts";
import { groupOf, topicOf } from "../path_parameters.ts";
import { recordHead, RecordsWriter, shownAs } from "../records_response.ts";
import { json, type Route, type Services } from "../route.ts";
import { ByteResponse } from "../server/byte_response.ts";
import type { Settlement } from "./lease_book.ts";
import { GroupHasMembersError, LeaseLostError, OutsideLeaseError } from "./lease_errors.ts";
import { CommitAnswer, CommitBody, PollAnswer, PollBody } from "./lease_shapes.ts";
import { parseToken } from "./lease_token.ts";
import type { HandedOut } from "./lease_waiters.ts";

const V2_JSON = "application/vnd.kafka.json.v2+json";
const V2_BINARY = "application/vnd.kafka.binary.v2+json";

export const leaseRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/groups/{group}/topics/{topic}/poll",
    tag: "groups",
    summary: "get records that nobody in the group has had, under a lease",
    description:
      "Picks a partition that has records past what the group has committed and that nobody has at " +
      "the moment, and gives its next records to the caller alone until the lease is committed, released or " +
      "over. Delivery is at least once, in order within a partition. Only what transactions have committed.",
    example: `-X POST HOST/groups/billing/topics/orders/poll -d '{"wait_ms":5000}'`,
    body: {
      description: "How much, how long to wait if there is nothing, and for how long the caller wants it.",
      isRequired: false,
      content: { "application/json": PollBody },
    },
    answers: {
      200: {
        description: "Records and their lease; a lease of null if nothing came.",
        content: { "application/json": PollAnswer, [V2_JSON]: PollAnswer, [V2_BINARY]: PollAnswer },
      },
    },
    handle: poll,
  },
  {
    method: "POST",
    path: "/groups/{group}/topics/{topic}/commit",
    tag: "groups",
    summary: "commit, release or extend a lease",
    description: "A lease alone commits all that was handed out with it. It may be sent again.",
    example: `HOST/groups/billing/topics/orders/commit -d '{"lease":"0.q3Zk…"}'`,
    body: {
      description:
        'The lease, and at most one of "offset" (commit what is before it), "release" and "extend_ms".',
      content: { "application/json": CommitBody },
    },
    answers: {
      200: {
        description: "Where the group is in that partition; until when the lease holds, if it still does.",
        content: { "application/json": CommitAnswer },
      },
    },
    handle: settle,
  },
];

async function poll(context: Context, { gateway, body }: Services): Promise<Response> {
  const request = context.req.raw;
  const [groupId, topic] = [groupOf(context), topicOf(context)];
  const type = readableType(request.headers.get("accept"));
  if (type.lines) throw notInLines();
  const wanted = await readJsonBody(request, body, PollBody, {});
  const handedOut = await told(gateway.leases.poll(groupId, topic, {
    maxRecords: wanted.max_records,
    maxBytes: Math.min(wanted.max_bytes, gateway.maxFetchBytes),
    leaseMs: wanted.lease_ms,
    waitMs: wanted.wait_ms,
    reset: wanted.reset,
    signal: request.signal,
  }));
  const shown = shownAs(type.formats, { keyFormat: wanted.key_format, valueFormat: wanted.value_format });
  return new ByteResponse(pollAnswer(topic, handedOut, new RecordsWriter(false, shown)), [
    ["content-type", type.contentType],
    ["cache-control", "no-store"],
  ]);
}

function pollAnswer(
  topic: string,
  handedOut: HandedOut | undefined,
  records: RecordsWriter,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  const { token = null, partition = null } = handedOut ?? {};
  writer.text(`{"lease":${JSON.stringify(token)},"topic":${JSON.stringify(topic)},"partition":${partition},`);
  writer.text('"records":');
  const head = recordHead(topic, partition ?? -1);
  for (const record of handedOut?.records ?? []) records.add(head, record);
  writer.bytes(records.finish());
  const { nextOffset = null, deliveries = null, until = null } = handedOut ?? {};
  writer.text(`,"next_offset":${nextOffset},"delivery_count":${deliveries},"expires_at":${until}}\n`);
  return writer.finish();
}

async function settle(context: Context, { gateway, body }: Services): Promise<Response> {
  const [groupId, topic] = [groupOf(context), topicOf(context)];
  const wanted = await readJsonBody(context.req.raw, body, CommitBody);
  const name = parseToken(wanted.lease);
  if (name === undefined) {
    throw wrongShape(
      `"lease" must be what a poll answered as "lease", but is ${JSON.stringify(wanted.lease)}.`,
    );
  }
  const settlement: Settlement = wanted.release
    ? { kind: "release" }
    : wanted.extend_ms !== undefined
    ? { kind: "extend", until: Date.now() + wanted.extend_ms }
    : { kind: "commit", ...wanted.offset === undefined ? {} : { offset: wanted.offset } };
  const settled = await told(gateway.leases.settle(groupId, topic, name, settlement));
  return json({
    topic,
    partition: settled.partition,
    committed_offset: settled.offset,
    expires_at: settled.until ?? null,
  });
}

/** What comes of `work`; what leases refuse is told as callers over HTTP are told things. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw refusalOf(error) ?? error;
  }
}

function refusalOf(error: unknown): ApiError | undefined {
  if (error instanceof LeaseLostError) {
    return new ApiError(
      409,
      ApiErrorCode.LEASE_LOST,
      `This lease is over: it was given back, or its time was up and partition ${error.partition} went to somebody ` +
        "else, or the group's offset was set otherwise. Nothing was committed. Somebody may work on its records again; " +
        "poll for others, and ask for a longer lease_ms, or extend it in time.",
    );
  }
  if (error instanceof OutsideLeaseError) {
    return wrongShape(
      `"offset" must be one that this lease handed out, or the one after the last: from ${error.offset} to ` +
        `${error.to}, but is ${error.wanted}. It is the offset to go on at: everything before it is committed.`,
    );
  }
  if (error instanceof GroupHasMembersError) {
    return new ApiError(
      409,
      ApiErrorCode.GROUP_NOT_EMPTY,
      `Group ${
        JSON.stringify(error.groupId)
      } has members that consume (UNKNOWN_MEMBER_ID): its offsets are theirs. ` +
        "Stop them, or poll as another group.",
    );
  }
  if (error instanceof UnreadableBatchError) {
    return new ApiError(
      500,
      ApiErrorCode.KAFKA,
      `A poll came to a batch that cannot be read, at offset ${error.offset}. The group goes on after it if its offset ` +
        `is set to ${error.nextOffset}.`,
    );
  }
  return undefined;
}

function notInLines(): ApiError {
  return new ApiError(
    406,
    ApiErrorCode.NOT_ACCEPTABLE,
    `A poll's answer is one JSON object and no lines: accept application/json, ${V2_JSON} or ${V2_BINARY}.`,
  );
}
