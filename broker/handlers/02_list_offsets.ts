/**
 * ListOffsets: the first or last offset of a partition, or the first at or after a time.
 *
 * - Timestamps below zero are questions of their own: -1 the end, -2 the start, -3 the record with the largest
 *   timestamp (version 7+), -4 the start of what is on local disk (8+, KIP-405: the same as -2, nothing is elsewhere),
 *   -5 the end of what is in tiered storage (9+) and -6 the first offset that is still to go there (11+, KIP-1023): nothing is
 *   there nor goes there, so offset -1.
 *   Any other one, or one that the version does not have yet: UNSUPPORTED_VERSION.
 * - The end is what can be read: with `isolation_level` read_committed the last stable offset. No record at or behind it is
 *   an answer to a time either.
 * - A time after the last record's: offset -1 and timestamp -1, no error.
 * - A partition that is named twice is refused once, INVALID_REQUEST, and the others are answered.
 * - `timeout_ms` (version 10+) is for look-ups in tiered storage; what is on local disk is looked up at once.
 * - Version 4+ checks the leader epoch that the client believes in (KIP-320).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ListOffsetsRequest } from "../../protocol/messages/02_list_offsets.ts";
import { LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Broker } from "../broker.ts";
import { leaderEpochError } from "../metadata/leader_epoch.ts";
import { apiHandler } from "./api_handler.ts";

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;
/** By timestamp below zero, the first version that may ask it. */
const QUESTION_FROM_VERSION: ReadonlyMap<number, number> = new Map([
  [LATEST, 1],
  [EARLIEST, 1],
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
]);

const LEADER_EPOCH_FROM_VERSION = 4;
/** `isolation_level`; any other number means read_uncommitted. */
const READ_COMMITTED = 1;

/** A partition that is named more than once. */
const TWICE = Symbol("twice");

type Asked = ListOffsetsRequest["topics"][number]["partitions"][number];

interface Found {
  readonly offset: number;
  readonly timestamp: number;
}

const NOTHING: Found = { offset: -1, timestamp: -1 };

export const listOffsetsHandler = apiHandler(
  api.ListOffsets,
  { from: 1, to: 11 },
  (broker, body, { version }) => ({
    throttleTimeMs: 0,
    topics: Array.from(byTopic(body), ([name, partitions]) => ({
      name,
      partitions: Array.from(partitions, ([partitionIndex, asked]) => {
        const isCommitted = body.isolationLevel === READ_COMMITTED;
        const { leaderEpoch, ...answer } = asked === TWICE
          ? failed(partitionIndex, ErrorCode.INVALID_REQUEST)
          : lookUp(broker, name, asked, version, isCommitted);
        return version >= LEADER_EPOCH_FROM_VERSION ? { ...answer, leaderEpoch } : answer;
      }),
    })),
  }),
);

/** What is asked of each partition, wherever in the request. */
function byTopic({ topics }: ListOffsetsRequest): Map<string, Map<number, Asked | typeof TWICE>> {
  const asked = new Map<string, Map<number, Asked | typeof TWICE>>();
  for (const { name, partitions } of topics) {
    const ofTopic = asked.get(name) ?? new Map<number, Asked | typeof TWICE>();
    asked.set(name, ofTopic);
    for (const one of partitions) {
      ofTopic.set(one.partitionIndex, ofTopic.has(one.partitionIndex) ? TWICE : one);
    }
  }
  return asked;
}

function failed(partitionIndex: number, errorCode: number) {
  return { partitionIndex, errorCode, ...NOTHING, leaderEpoch: -1 };
}

function lookUp(
  broker: Broker,
  name: string,
  { partitionIndex, currentLeaderEpoch, timestamp }: Asked,
  version: number,
  isCommitted: boolean,
) {
  if (timestamp < 0 && version < (QUESTION_FROM_VERSION.get(timestamp) ?? Infinity)) {
    return failed(partitionIndex, ErrorCode.UNSUPPORTED_VERSION);
  }
  const log = broker.topics.topic(name)?.partitions[partitionIndex];
  if (log === undefined) return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  // Its ends could be told, but not relied on.
  if (log.failure !== undefined) return failed(partitionIndex, log.failure.code);
  const epochError = leaderEpochError(log, currentLeaderEpoch);
  if (epochError !== undefined) return failed(partitionIndex, epochError);
  try {
    const found = answerFor(log, timestamp, isCommitted ? log.lastStableOffset : log.highWatermark);
    const leaderEpoch = found.offset === NOTHING.offset ? -1 : log.leaderEpoch;
    return { partitionIndex, errorCode: ErrorCode.NONE as number, ...found, leaderEpoch };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    broker.log("warn", error.message);
    return failed(partitionIndex, error.code);
  }
}

/** `endOffset`: the first offset that the client can't read. */
function answerFor(log: PartitionLog, timestamp: number, endOffset: number): Found {
  const readable = (found: Found | undefined) =>
    found !== undefined && found.offset < endOffset ? found : NOTHING;
  switch (timestamp) {
    case LATEST:
      return { offset: endOffset, timestamp: -1 };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.logStartOffset, timestamp: -1 };
    case MAX_TIMESTAMP:
      return readable(log.maxTimestamp());
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return NOTHING;
    default:
      return readable(log.lookupTimestamp(timestamp));
  }
}
