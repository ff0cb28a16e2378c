/**
 * What a consumer instance is made with: Confluent's names, whose values may be texts.
 * @module
 */
import * as v from "valibot";
import type { OffsetReset } from "../../../client/consumer/starts.ts";
import { MAX_TIMEOUT_MS } from "../fetch_routes.ts";

export interface InstanceConfig {
  /** undefined: one is made up. */
  readonly id: string | undefined;
  readonly format: InstanceFormat;
  readonly autoOffsetReset: OffsetReset;
  readonly isAutoCommitting: boolean;
  readonly minBytes: number;
  /** How long a request for records waits unless it says itself. */
  readonly requestTimeoutMs: number;
  readonly isReadCommitted: boolean;
}

export const INSTANCE_FORMATS = ["binary", "json"] as const;
export type InstanceFormat = (typeof INSTANCE_FORMATS)[number];

const MAX_MIN_BYTES = 10_000_000;

/** A whole number, or its digits. */
function count(min: number, max: number) {
  const number = v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
  return v.union([number, v.pipe(v.string(), v.regex(/^-?[0-9]{1,9}$/), v.transform(Number), number)]);
}

const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,249}$/, "1 to 249 of A–Z a–z 0–9 . _ - are wanted"),
);

export const InstanceBody = v.strictObject({
  name: v.optional(name),
  id: v.optional(name),
  format: v.optional(v.picklist(INSTANCE_FORMATS), "binary"),
  "auto.offset.reset": v.optional(v.picklist(["earliest", "latest", "none"]), "latest"),
  "auto.commit.enable": v.optional(v.union([v.boolean(), v.picklist(["true", "false"])]), true),
  "fetch.min.bytes": v.optional(count(-1, MAX_MIN_BYTES), 1),
  "consumer.request.timeout.ms": v.optional(count(0, MAX_TIMEOUT_MS), 1000),
  "isolation.level": v.optional(v.picklist(["read_uncommitted", "read_committed"]), "read_uncommitted"),
});

export function configOf(body: v.InferOutput<typeof InstanceBody>): InstanceConfig {
  return {
    id: body.name ?? body.id,
    format: body.format,
    autoOffsetReset: body["auto.offset.reset"],
    isAutoCommitting: String(body["auto.commit.enable"]) === "true",
    minBytes: Math.max(1, body["fetch.min.bytes"]),
    requestTimeoutMs: body["consumer.request.timeout.ms"],
    isReadCommitted: body["isolation.level"] === "read_committed",
  };
}
