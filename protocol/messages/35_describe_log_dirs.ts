/**
 * DescribeLogDirs (key 35): the data directories of a broker and what lies in them (KIP-113).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning. Gone with Kafka 4 (KIP-896), and kept here for who knows no other.
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 *  - 3: an error for the whole answer (KIP-784)
 *  - 4: size of the file system, and what is free (KIP-827)
 *  - 5: whether the directory takes new partitions (KIP-1066)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeLogDirsRequest = message({
  name: "DescribeLogDirsRequest",
  apiKey: 35,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 2,
}, {
  topics: field.array({ of: "DescribableLogDirTopic", nullable: 0 }, {
    topic: field.string(),
    partitions: field.array({ of: "int32" }),
  }),
});
export type DescribeLogDirsRequest = MessageOf<typeof DescribeLogDirsRequest>;

export const DescribeLogDirsResponse = message({
  name: "DescribeLogDirsResponse",
  apiKey: 35,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16({ since: 3, ignorable: true }),
  results: field.array({ of: "DescribeLogDirsResult" }, {
    errorCode: field.int16(),
    logDir: field.string(),
    topics: field.array({ of: "DescribeLogDirsTopic" }, {
      name: field.string(),
      partitions: field.array({ of: "DescribeLogDirsPartition" }, {
        partitionIndex: field.int32(),
        partitionSize: field.int64(),
        offsetLag: field.int64(),
        isFutureKey: field.bool(),
      }),
    }),
    totalBytes: field.int64({ since: 4, default: -1, ignorable: true }),
    usableBytes: field.int64({ since: 4, default: -1, ignorable: true }),
    isCordoned: field.bool({ since: 5, ignorable: true }),
  }),
});
export type DescribeLogDirsResponse = MessageOf<typeof DescribeLogDirsResponse>;
