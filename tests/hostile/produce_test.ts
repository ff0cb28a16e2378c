/**
 * Produce requests whose batches lie. What is refused must leave no trace: the partition's end stays where it was.
 * @module
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { api } from "../../protocol/apis.ts";
import type { Reader } from "../../protocol/primitives.ts";
import { batch, type BatchFields } from "../support/raw_batch.ts";
import {
  array,
  concat,
  flexibleHeader,
  frame,
  header,
  int16,
  int32,
  int64,
  sized,
  string,
  uvarint,
} from "../support/wire.ts";
import { type HostileCase, hostileTargetOfThisFile, hostileTest, hostileTests } from "./hostile.ts";

const target = hostileTargetOfThisFile();
const maxInt = 2 ** 31 - 1;
const minInt = -(2 ** 31);

interface ProduceFields {
  readonly topic?: string;
  readonly partition?: number;
  readonly acks?: number;
  readonly timeoutMs?: number;
}

/** A Produce request, version 7, with `records` for one partition. */
function produce(records: Uint8Array, fields: ProduceFields = {}): Uint8Array {
  const partition = concat(int32(fields.partition ?? 0), sized(records));
  const topic = concat(string(fields.topic ?? target.topic), array(partition));
  return frame(
    ...[header({ key: 0, version: 7 }), int16(-1), int16(fields.acks ?? 1), int32(fields.timeoutMs ?? 1000)],
    array(topic),
  );
}

function errorCode(answer: Reader): number {
  return api.Produce.response.decode(answer, 7).responses[0]!.partitionResponses[0]!.errorCode;
}

const refusedWith = (...codes: number[]) => (answer: Reader): void => {
  const code = errorCode(answer);
  assert.ok(codes.includes(code), `error code ${code}, wanted ${codes.join(" or ")}`);
};
const refused = (answer: Reader): void => assert.notEqual(errorCode(answer), 0, "it was appended");

const corruptMessage = 2;
const unknownTopicOrPartition = 3;
const messageTooLarge = 10;
const invalidTopic = 17;
const invalidRequiredAcks = 21;
const invalidRecord = 87;

/** A batch of two records that lies in `fields`. */
function lie(
  name: string,
  why: string,
  fields: Partial<BatchFields>,
  outcome: HostileCase["outcome"] = refused,
): HostileCase {
  return { name: `a batch with ${name}`, why, bytes: () => produce(batch(["one", "two"], fields)), outcome };
}

const good = () => batch(["one", "two"]);
const anAnswer = (answer: Reader): void => void errorCode(answer);

const refusals: readonly HostileCase[] = [
  lie("a length of 2^31 - 1", "12 + length is negative in 32 bits", { batchLength: maxInt }),
  lie("a length of -1", "the next batch begins before this one: an endless loop", { batchLength: -1 }),
  lie("a length of -2^31", "12 + length wraps to a large positive", { batchLength: minInt }),
  lie("a length of 0", "a batch smaller than its header: fields are read from behind it", { batchLength: 0 }),
  lie("a length of 48", "49 is the smallest: the record count lies outside", { batchLength: 48 }),
  lie("a length one too large", "the last byte is the next field's", { batchLength: 49 + 24 + 1 }),
  lie("a length one too small", "one byte is left and begins the next batch", { batchLength: 49 + 24 - 1 }),
  lie("a wrong CRC", "what was broken on the way is kept for ever", { crc: 0xdeadbeef }),
  lie("magic 0", "the fields of format 0 stand elsewhere", { magic: 0 }),
  lie("magic 1", "as in format 0; Kafka 4 has dropped both", { magic: 1 }),
  lie("magic 3", "a format nobody knows", { magic: 3 }),
  lie("magic -1", "an index into a table of formats", { magic: -1 }),
  lie("a count of -1", "offsets advance by last offset delta + 1, records by count", { recordCount: -1 }),
  lie("a count of 0", "a batch without records takes offsets that nothing stands at", { recordCount: 0 }),
  lie("a count of 2^31 - 1", "a reader reserves an array of it", {
    recordCount: maxInt,
    lastOffsetDelta: maxInt - 1,
  }),
  lie("a count that its last offset denies", "two records at three offsets", {
    recordCount: 2,
    lastOffsetDelta: 2,
  }),
  lie("a last offset delta of 2^31 - 1", "the next offset leaps by 2^31", { lastOffsetDelta: maxInt }),
  lie("a last offset delta of -1", "the next offset is this one: the batch is written over", {
    lastOffsetDelta: -1,
  }),
  lie("a last offset delta of -2^31", "the end of the log moves back", { lastOffsetDelta: minInt }),
  lie("the control bit", "a commit or abort marker of a client's making ends a transaction", {
    attributes: 0x20,
  }),
  lie("codec 5", "an index behind the table of codecs", { attributes: 5 }),
  lie("codec 7", "the same at the end of its three bits", { attributes: 7 }),
  lie(
    "the transactional bit and no transaction",
    "readers of committed data wait for an end that never comes",
    {
      attributes: 0x10,
    },
  ),
  {
    name: "no batch at all",
    why: "the first of none",
    bytes: () => produce(new Uint8Array()),
    outcome: "closed or answered",
  },
  {
    name: "half a batch header",
    why: "61 bytes are read of 30",
    bytes: () => produce(good().subarray(0, 30)),
    outcome: "closed or answered",
  },
  {
    name: "two batches where one may be",
    why: "the second is appended unchecked and shares the first's offsets",
    bytes: () => produce(concat(good(), good())),
    outcome: refusedWith(invalidRecord, corruptMessage),
  },
  {
    name: "a batch and a byte",
    why: "the byte begins the next batch in the file",
    bytes: () => produce(concat(good(), new Uint8Array(1))),
    outcome: refused,
  },
  {
    name: "a batch larger than max.message.bytes",
    why: "1,048,588 is what consumers have been promised",
    bytes: () => produce(batch(["x".repeat(1_100_000)])),
    outcome: refusedWith(messageTooLarge),
  },
  {
    name: "acks=2",
    why: "0, 1 and -1 exist; whoever waits for two of one broker waits for ever",
    bytes: () => produce(good(), { acks: 2 }),
    outcome: refusedWith(invalidRequiredAcks),
  },
  {
    name: "acks=-32,768",
    why: "any negative number taken for all",
    bytes: () => produce(good(), { acks: -32768 }),
    outcome: refusedWith(invalidRequiredAcks),
  },
  ...[-1, 1, maxInt, minInt].map((partition): HostileCase => ({
    name: `partition ${partition} of a topic with one`,
    why: "partitions[index] without a look at the range",
    bytes: () => produce(good(), { partition }),
    outcome: refusedWith(unknownTopicOrPartition),
  })),
  ...["../../escaped", "", ".", "nul\0byte", "x".repeat(300)].map((topic): HostileCase => ({
    name: `a topic called ${JSON.stringify(topic.slice(0, 20))}`,
    why: "produce finds a folder by name",
    bytes: () => produce(good(), { topic }),
    outcome: refusedWith(unknownTopicOrPartition, invalidTopic),
  })),
  {
    name: "2^31 - 1 topics",
    why: "an array of them is reserved",
    bytes: () => frame(header({ key: 0, version: 7 }), int16(-1), int16(1), int32(1000), int32(maxInt)),
    outcome: "closed",
  },
  {
    name: "2^31 - 1 partitions of a topic in the compact form",
    why: "the inner count, in five bytes",
    bytes: () =>
      frame(
        ...[flexibleHeader({ key: 0, version: 9 }), uvarint(0), int16(1), int32(1000)],
        ...[uvarint(2), uvarint(2), new Uint8Array([120]), uvarint(2 ** 31)],
      ),
    outcome: "closed",
  },
  {
    name: "records of 2^31 - 1 bytes in a frame of 60",
    why: "a view of 2 GiB over a buffer of 60 bytes",
    bytes: () => {
      const topic = concat(string(target.topic), int32(1), int32(0), int32(maxInt));
      return frame(header({ key: 0, version: 7 }), int16(-1), int16(1), int32(1000), int32(1), topic);
    },
    outcome: "closed",
  },
  {
    name: "records of -2 bytes",
    why: "only -1 means null; position - 2",
    bytes: () => {
      const topic = concat(string(target.topic), int32(1), int32(0), int32(-2));
      return frame(header({ key: 0, version: 7 }), int16(-1), int16(1), int32(1000), int32(1), topic);
    },
    outcome: "closed or answered",
  },
  {
    name: "null records",
    why: "null.length",
    bytes: () => {
      const topic = concat(string(target.topic), int32(1), int32(0), int32(-1));
      return frame(header({ key: 0, version: 7 }), int16(-1), int16(1), int32(1000), int32(1), topic);
    },
    outcome: "closed or answered",
  },
];

/** Apache Kafka drops the byte and takes the batch, and never answers the others. */
const otherwiseInKafka = ["a batch and a byte", "null records", "records of -2 bytes"];

for (const attack of refusals) {
  if (target.isForeign && otherwiseInKafka.includes(attack.name)) continue;
  hostileTest(target, `${attack.name} [${attack.why}]`, async () => {
    const before = await target.endOffset();
    await target.attack(attack);
    assert.equal(await target.endOffset(), before, "a refused batch moved the end of the partition");
  });
}

// These may be taken, as a batch is kept as it came: but the offsets are the broker's, and nobody is hurt.
hostileTests(target, [
  lie(
    "a base offset of 2^62",
    "the broker gives offsets, not the client",
    { baseOffset: 2n ** 62n },
    (answer) => {
      const partition = api.Produce.response.decode(answer, 7).responses[0]!.partitionResponses[0]!;
      assert.ok(
        partition.errorCode !== 0 || partition.baseOffset < 1e9,
        `base offset ${partition.baseOffset}`,
      );
    },
  ),
  lie("a leader epoch of 2^31 - 1", "the broker's own epoch is overtaken", { leaderEpoch: maxInt }, anAnswer),
  lie("the largest timestamp", "no retention ever reaches it", { maxTimestamp: 2n ** 63n - 1n }, anAnswer),
  lie("the smallest timestamp", "the time index goes backwards", {
    baseTimestamp: -(2n ** 63n),
    maxTimestamp: -(2n ** 63n),
  }, anAnswer),
  lie("a producer epoch of -2", "compared with -1 it is older than none", {
    producerId: 7,
    producerEpoch: -2,
    baseSequence: 0,
  }, anAnswer),
  lie("a sequence of -1 and a producer id", "the next sequence is 1, and -1 never a duplicate", {
    producerId: 8,
    producerEpoch: 0,
    baseSequence: -1,
  }, anAnswer),
  lie("a sequence of 2^31 - 1", "the second record's sequence is -2^31, or 0", {
    producerId: 9,
    producerEpoch: 0,
    baseSequence: maxInt,
  }, anAnswer),
  lie("the largest producer id", "it does not fit a double: two producers become one", {
    producerId: 2n ** 63n - 1n,
    producerEpoch: 0,
    baseSequence: 0,
  }, anAnswer),
  lie("a codec that its bytes deny", "gzip begins with 1f 8b: whoever decompresses must not die of it", {
    attributes: 1,
  }, anAnswer),
  {
    name: "a batch of 20 kB that holds 20 MB of zeros",
    why: "1000 times its size in memory, for whoever looks inside",
    bytes: () => produce(batch(["bomb"], { attributes: 1, records: gzipSync(new Uint8Array(20_000_000)) })),
    outcome: anAnswer,
  },
  {
    name: "a search by time in such a batch",
    why: "finding the offset for a timestamp looks into compressed batches",
    bytes: () => {
      const partition = concat(int32(0), int64(Date.now() - 3_600_000));
      return frame(
        header({ key: 2, version: 1 }),
        int32(-1),
        array(concat(string(target.topic), array(partition))),
      );
    },
    outcome: "closed or answered",
  },
  {
    name: "a timeout of -2^31",
    why: "a deadline in 1969",
    bytes: () => produce(good(), { timeoutMs: minInt, acks: -1 }),
    outcome: anAnswer,
  },
  {
    name: "the same partition a thousand times in a request",
    why: "an answer per partition, and each a batch: order and offsets must hold",
    bytes: () => {
      const partition = concat(int32(0), sized(good()));
      const topic = concat(string(target.topic), array(...new Array<Uint8Array>(1000).fill(partition)));
      return frame(header({ key: 0, version: 7 }), int16(-1), int16(1), int32(1000), array(topic));
    },
    outcome: "closed or answered",
  },
]);

hostileTest(
  target,
  "a producer id that nobody was given fills no memory [a state per id and partition: 2^63 of them]",
  async () => {
    using connection = await target.connect();
    const before = target.residentBytes();
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 250 }, (_, index) =>
        connection.request(api.Produce, {
          acks: 1,
          timeoutMs: 1000,
          topicData: [{
            name: target.topic,
            partitionData: [{
              index: 0,
              records: batch(["x"], {
                producerId: 1_000_000 + round * 250 + index,
                producerEpoch: 0,
                baseSequence: 0,
              }),
            }],
          }],
        }, { maxVersion: 11 })));
    }
    const grown = target.residentBytes() - before;
    assert.ok(grown < 32 * 1024 * 1024, `5,000 producer ids took ${Math.round(grown / 5000)} bytes each`);
  },
);
