/**
 * A user's configuration, held against the table of what there is.
 * @module
 */
import type { ConfigInput, ConfigTable, ConfigValues } from "./config_key.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";

/** A configuration that nobody can go by. */
export class ConfigError extends TypeError {
  override name = "ConfigError";
  /** The same again is refused again. */
  readonly retriable = false;
}

/**
 * The value of every key of `table`. Throws a ConfigError for a key that is unknown, with the nearest that is not, for a
 * value that is not what is wanted, and for a key that must be given and is not. `whose`: "a producer".
 */
export function readConfig<Table extends ConfigTable>(
  whose: string,
  table: Table,
  given: ConfigInput<Table>,
): ConfigValues<Table> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue;
    throw new ConfigError(`${whose} has no config "${name}"${didYouMean(name, Object.keys(table))}`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, key] of Object.entries(table)) {
    const one: unknown = given[name];
    if (one === undefined && key.default === undefined) {
      throw new ConfigError(`${whose} needs "${name}": ${key.wanted}`);
    }
    const value: unknown = one === undefined ? key.default : key.take(one);
    if (value === undefined) {
      throw new ConfigError(`"${name}" of ${whose} is ${shown(one)}, but must be ${key.wanted}`);
    }
    values[name] = value;
  }
  return values as ConfigValues<Table>;
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  return JSON.stringify(value) ?? String(value);
}
