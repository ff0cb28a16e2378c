/**
 * The bodies of polls and commits, and of their answers.
 * @module
 */
import * as v from "valibot";
import { MAX_LEASE_MS, MIN_LEASE_MS } from "./lease_limits.ts";
import { MAX_TIMEOUT_MS } from "../fetch_routes.ts";
import { FORMATS } from "../media_types.ts";
import { Records } from "../record_schema.ts";

const format = v.picklist(FORMATS);
const offset = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const leaseMs = v.pipe(v.number(), v.integer(), v.minValue(MIN_LEASE_MS), v.maxValue(MAX_LEASE_MS));

function between(min: number, max: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
}

export const PollBody = v.strictObject({
  max_records: v.optional(between(1, 10_000), 500),
  max_bytes: v.optional(between(1, 16 * 1024 * 1024), 1024 * 1024),
  wait_ms: v.optional(between(0, MAX_TIMEOUT_MS), 1000),
  lease_ms: v.optional(leaseMs, 30_000),
  reset: v.optional(v.picklist(["earliest", "latest"]), "earliest"),
  key_format: v.optional(format),
  value_format: v.optional(format),
});

export const CommitBody = v.pipe(
  v.strictObject({
    lease: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    offset: v.optional(offset),
    release: v.optional(v.literal(true)),
    extend_ms: v.optional(leaseMs),
  }),
  v.check(
    ({ offset, release, extend_ms }) =>
      [offset, release, extend_ms].filter((one) => one !== undefined).length <= 1,
    'Of "offset", "release" and "extend_ms" there can be one at most',
  ),
);

export const PollAnswer = v.strictObject({
  lease: v.nullable(v.string()),
  topic: v.string(),
  partition: v.nullable(v.number()),
  records: Records,
  next_offset: v.nullable(v.number()),
  delivery_count: v.nullable(v.number()),
  expires_at: v.nullable(v.number()),
});

export const CommitAnswer = v.strictObject({
  topic: v.string(),
  partition: v.number(),
  committed_offset: v.number(),
  expires_at: v.nullable(v.number()),
});
