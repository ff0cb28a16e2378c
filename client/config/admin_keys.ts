/**
 * What an admin can be told. Names and defaults are those of Kafka's.
 * @module
 */
import { commonKeys } from "./common_keys.ts";
import { int } from "./config_key.ts";

export const adminKeys = {
  ...commonKeys,
  "default.api.timeout.ms": int(60_000, { least: 0 }, "How long a question is tried again, all in all."),
} as const;
