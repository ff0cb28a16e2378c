/**
 * DescribeLogDirs (key 35).
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
