/**
 * `--format`, as a flag: what it comes to is `format.ts`'s matter.
 * @module
 */
import type { Flag } from "../command.ts";

export const FORMATS = ["table", "json", "yaml"] as const;
export type Format = typeof FORMATS[number];

export const formatFlag: Flag = {
  name: "format",
  value: FORMATS.join("|"),
  summary: "how the result is written (table)",
};
