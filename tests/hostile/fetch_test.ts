/**
 * Fetch requests with sizes, counts, offsets and sessions that lie.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { FetchResponse } from "../../protocol/messages/01_fetch.ts";
import type { Reader } from "../../protocol/primitives.ts";
import { batch } from "../support/raw_batch.ts";
import { RawConnection } from "../support/raw_connection.ts";
import {
  type Bytes,
  concat,
  flexibleHeader,
  frame,
  header,
  int32,
  int64,
  int8,
  string,
  uvarint,
} from "../support/wire.ts";
import { type HostileCase, hostileTargetOfThisFile, hostileTest, hostileTests } from "./hostile.ts";

const target = hostileTargetOfThisFile();
const maxInt = 2 ** 31 - 1;
const minInt = -(2 ** 31);

interface FetchFields {
  readonly replicaId?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly isolationLevel?: number;
  readonly sessionId?: number;
  readonly sessionEpoch?: number;
  readonly topic?: string;
  readonly partition?: number;
  readonly currentLeaderEpoch?: number;
  readonly offset?: number | bigint;
  readonly partitionMaxBytes?: number;
  /** How often the partition is asked for. Default 1. */
  readonly times?: number;
  /** What is said of how often. */
  readonly partitionCount?: number;
  readonly topicCount?: number;
}

/** A Fetch request, version 11. */
function fetch(fields: FetchFields = {}): Bytes {
  const partition = concat(
    ...[int32(fields.partition ?? 0), int32(fields.currentLeaderEpoch ?? -1), int64(fields.offset ?? 0)],
    ...[int64(-1), int32(fields.partitionMaxBytes ?? 1_048_576)],
  );
  const times = fields.times ?? 1;
  return frame(
    ...[header({ key: 1, version: 11 }), int32(fields.replicaId ?? -1), int32(fields.maxWaitMs ?? 0)],
    ...[int32(fields.minBytes ?? 1), int32(fields.maxBytes ?? 52_428_800), int8(fields.isolationLevel ?? 0)],
    ...[int32(fields.sessionId ?? 0), int32(fields.sessionEpoch ?? -1), int32(fields.topicCount ?? 1)],
    ...[string(fields.topic ?? target.topic), int32(fields.partitionCount ?? times)],
    ...new Array<Bytes>(times).fill(partition),
    ...[int32(0), string("")],
  );
}

const decode = (answer: Reader): FetchResponse => api.Fetch.response.decode(answer, 11);
const partitionError = (answer: Reader): number => {
  const { errorCode, responses } = decode(answer);
  return errorCode || responses[0]!.partitions[0]!.errorCode;
};
const answersWith = (...codes: number[]) => (answer: Reader): void => {
  const code = partitionError(answer);
  assert.ok(codes.includes(code), `error code ${code}, wanted ${codes.join(" or ")}`);
};
const anAnswer = (answer: Reader): void => void decode(answer);
const offsetOutOfRange = 1;
const unknownTopicOrPartition = 3;

function lie(name: string, why: string, fields: FetchFields, outcome: HostileCase["outcome"]): HostileCase {
  return { name: `a fetch with ${name}`, why, bytes: () => fetch(fields), outcome };
}

hostileTests(target, [
  lie("a maximum of -1 bytes", "the bytes left are negative and never used up: the whole log in one answer", {
    maxBytes: -1,
  }, anAnswer),
  lie(
    "a maximum of -2^31 bytes",
    "its negation is itself",
    { maxBytes: minInt, partitionMaxBytes: minInt },
    anAnswer,
  ),
  lie(
    "a maximum of 0 bytes",
    "at least one batch goes out, or the client never gets on",
    { maxBytes: 0 },
    anAnswer,
  ),
  lie("0 bytes for a partition", "the same per partition", { partitionMaxBytes: 0 }, anAnswer),
  lie("-1 bytes for a partition", "a slice of negative length", { partitionMaxBytes: -1 }, anAnswer),
  lie("2^31 - 1 bytes for a partition", "header + length is negative in 32 bits", {
    maxBytes: maxInt,
    partitionMaxBytes: maxInt,
  }, anAnswer),
  lie("a minimum of -2^31 bytes", "already there, whatever there is", { minBytes: minInt }, anAnswer),
  lie(
    "a wait of -2^31 ms",
    "a deadline in the past, or never",
    { maxWaitMs: minInt, offset: 0, minBytes: 1 },
    anAnswer,
  ),
  lie("offset -1", "-1 is the end in ListOffsets, not here", { offset: -1 }, answersWith(offsetOutOfRange)),
  lie("offset -2^63", "position = offset - base", { offset: -(2n ** 63n) }, answersWith(offsetOutOfRange)),
  lie(
    "offset 2^63 - 1",
    "rounded to a double it is 2^63",
    { offset: 2n ** 63n - 1n },
    answersWith(offsetOutOfRange),
  ),
  lie("offset 2^53 + 1", "no double", { offset: 2n ** 53n + 1n }, answersWith(offsetOutOfRange)),
  lie("partition -1", "partitions[-1]", { partition: -1 }, answersWith(unknownTopicOrPartition)),
  lie(
    "partition 2^31 - 1",
    "an array grows to it",
    { partition: maxInt },
    answersWith(unknownTopicOrPartition),
  ),
  lie("a topic called ../../etc/passwd", "a folder by name", {
    topic: "../../etc/passwd",
  }, answersWith(unknownTopicOrPartition, 17)),
  lie("a leader epoch of 2^31 - 1", "newer than the broker's: it must not believe it", {
    currentLeaderEpoch: maxInt,
  }, answersWith(75, 76)),
  lie("a leader epoch of -2^31", "older than none", { currentLeaderEpoch: minInt }, anAnswer),
  lie("isolation level 127", "neither 0 nor 1", { isolationLevel: 127 }, "closed or answered"),
  lie("the id of a session that nobody opened", "another client's session", {
    sessionId: 12345,
    sessionEpoch: 5,
  }, (answer) => assert.equal(decode(answer).errorCode, 70, "FETCH_SESSION_ID_NOT_FOUND")),
  lie("a session epoch of -2^31", "only -1 and 0 begin something", {
    sessionId: maxInt,
    sessionEpoch: minInt,
  }, "closed or answered"),
  lie("the id of a replica", "a follower moves the high watermark, or reads beyond it", {
    replicaId: 5,
  }, "closed or answered"),
  lie("2^31 - 1 topics", "an array of them is reserved", { topicCount: maxInt }, "closed"),
  lie("2^31 - 1 partitions", "an inner array of them", { partitionCount: maxInt }, "closed"),
  lie(
    "-5 partitions",
    "only -1 is null, and not even that is allowed",
    { partitionCount: -5 },
    "closed or answered",
  ),
  lie(
    "100,000 partitions that are not there",
    "100,000 answers: their work must not hold up others for a second",
    {
      partition: 4711,
      times: 50_000,
    },
    (answer) => assert.equal(partitionError(answer), unknownTopicOrPartition),
  ),
  lie(
    "the same partition 2,000 times",
    "2,000 x 1 MiB is 2 GiB for a frame of 60 kB: fetch.max.bytes holds for all",
    {
      times: 2000,
    },
    (answer) => {
      const bytes = decode(answer).responses.flatMap(({ partitions }) => partitions)
        .reduce((sum, { records }) => sum + (records?.length ?? 0), 0);
      assert.ok(bytes <= 60 * 1024 * 1024, `${bytes} bytes`);
    },
  ),
  {
    name: "2^32 - 2 topics in the compact form",
    why: "a signed count is negative",
    bytes: () =>
      frame(
        ...[flexibleHeader({ key: 1, version: 12 }), int32(-1), int32(0), int32(1), int32(1), int8(0)],
        ...[int32(0), int32(-1), uvarint(2 ** 32 - 1)],
      ),
    outcome: "closed or answered",
  },
  {
    name: "2^31 - 1 forgotten topics",
    why: "the last array of the request, with no bytes left",
    bytes: () => {
      const good = fetch();
      const body = good.subarray(4, good.length - 6);
      return frame(body, int32(maxInt), string(""));
    },
    outcome: "closed",
  },
]);

hostileTest(
  target,
  "a thousand waits that nobody waits for [a parked fetch per frame, 24 days each]",
  async () => {
    const before = target.residentBytes();
    const end = await target.endOffset();
    for (let round = 0; round < 100; round++) {
      using connection = await RawConnection.open(target.address);
      const waiting = fetch({ maxWaitMs: maxInt, minBytes: maxInt, offset: end });
      await connection.send(concat(...new Array<Bytes>(10).fill(waiting)));
    }
    await target.serveHonestClient();
    const grown = target.residentBytes() - before;
    assert.ok(grown < 32 * 1024 * 1024, `1,000 abandoned waits took ${grown} bytes`);
  },
);

hostileTest(
  target,
  "a parked fetch does not hold up those behind it on other connections [one queue for all]",
  async () => {
    using parked = await RawConnection.open(target.address);
    await parked.send(fetch({ maxWaitMs: 10_000, minBytes: maxInt, offset: await target.endOffset() }));
    await target.serveHonestClient();
  },
);

hostileTest(
  target,
  "an offset within a batch gives the whole batch [a slice from the middle is no batch]",
  async () => {
    using connection = await target.connect();
    const records = batch(Array.from({ length: 100 }, (_, index) => `within ${index}`));
    const produced = await connection.request(api.Produce, {
      acks: 1,
      timeoutMs: 1000,
      topicData: [{ name: target.topic, partitionData: [{ index: 0, records }] }],
    }, { maxVersion: 11 });
    const { baseOffset } = produced.responses[0]!.partitionResponses[0]!;
    const partitions = [{ partition: 0, fetchOffset: baseOffset + 57, partitionMaxBytes: 1 }];
    const fetched = await connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1,
      topics: [{ topic: target.topic, partitions }],
    }, { maxVersion: 12 });
    const bytes = fetched.responses[0]!.partitions[0]!.records!;
    assert.equal(bytes.length, records.length);
    assert.deepEqual(
      bytes.subarray(16),
      records.subarray(16),
      "all but base offset and leader epoch as it was sent",
    );
  },
);
