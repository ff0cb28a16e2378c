import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { leaderEpochError } from "./leader_epoch.ts";

Deno.test("leaderEpochError tells an older leader from one that nobody knows yet", () => {
  const log: PartitionLog = Object.create({ leaderEpoch: 3 });
  assert.equal(leaderEpochError(log, -1), undefined);
  assert.equal(leaderEpochError(log, 3), undefined);
  assert.equal(leaderEpochError(log, 2), ErrorCode.FENCED_LEADER_EPOCH);
  assert.equal(leaderEpochError(log, 0), ErrorCode.FENCED_LEADER_EPOCH);
  assert.equal(leaderEpochError(log, 4), ErrorCode.UNKNOWN_LEADER_EPOCH);
});
