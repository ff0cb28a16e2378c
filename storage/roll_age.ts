/**
 * At which age a segment is rolled: `segment.ms`, less at random (`segment.jitter.ms`), so that logs that were begun together
 * are not all rolled together. In a compacted log no later than `max.compaction.lag.ms`, since compaction can't reach a record
 * before.
 * @module
 */
import type { Random } from "./environment.ts";
import type { LogConfig } from "./log_config.ts";

type RollConfig = Pick<LogConfig, "segmentMs" | "segmentJitterMs" | "compacts" | "maxCompactionLagMs">;

/** For a new segment, milliseconds. */
export function rollAgeMs(
  { segmentMs, segmentJitterMs, compacts, maxCompactionLagMs }: RollConfig,
  random: Random,
): number {
  const longestMs = compacts ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
  const jitterMs = Math.min(segmentJitterMs, longestMs);
  if (jitterMs === 0) return longestMs;
  const bytes = random.bytes(4);
  const share = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
  return longestMs - Math.floor(share * jitterMs);
}
