/**
 * Settings of topics and brokers, as people and as programs read them.
 * @module
 */
import type { Config } from "../../client/admin/configs.ts";
import type { Cell } from "../output/table.ts";

/** Nobody has set it: neither here nor in a file that the broker was started with. */
export function isDefault({ source }: Config): boolean {
  return source === "DEFAULT_CONFIG" || source === "UNKNOWN";
}

/** Headings and rows for `tableText`. */
export function configRows(configs: readonly Config[]): [string[], Cell[][]] {
  return [
    ["CONFIG", "VALUE", "SOURCE"],
    configs.map(({ name, value, isSensitive, source }) => [name, isSensitive ? "(hidden)" : value, source]),
  ];
}

export function configValue({ name, value, source, isReadOnly, isSensitive, type }: Config) {
  return { name, value, source, type, readOnly: isReadOnly, sensitive: isSensitive };
}
