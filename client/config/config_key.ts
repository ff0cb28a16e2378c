/**
 * The words in which a client's configuration is defined: `int(16384, { least: 0 }, "…")` says default, range and meaning,
 * and the type of the value follows from it. Tables of these have Kafka's names for keys.
 *
 * What must be true: a value is taken as itself or as the text that stands for it in a properties file, and one that is
 * neither is refused with a sentence that says what was found and what is wanted.
 * @module
 */

export interface ConfigKey<T, Input = T> {
  /** undefined: it must be given. */
  readonly default: T | undefined;
  /** What is accepted, in words: "a whole number of at least 0". */
  readonly wanted: string;
  /** What it does, in a sentence or two. */
  readonly documentation: string;
  /** The value of what was given; undefined: it is not what is wanted. */
  take(given: unknown): T | undefined;
  /** Only for the types: what may be given. */
  readonly input?: Input;
}

/** Keys by Kafka's names. */
// deno-lint-ignore no-explicit-any -- what a key's value is only its own row knows
export type ConfigTable = Readonly<Record<string, ConfigKey<any, any>>>;

/** What a user may give for a table. */
export type ConfigInput<Table extends ConfigTable> = {
  readonly [Name in keyof Table]?: Table[Name] extends ConfigKey<infer _, infer Input> ? Input : never;
};

/** What the program gets. */
export type ConfigValues<Table extends ConfigTable> = {
  readonly [Name in keyof Table]: Table[Name] extends ConfigKey<infer T, infer _> ? T : never;
};

interface Range {
  readonly least?: number;
  readonly most?: number;
}

export const INT_MAX = 2_147_483_647;

export function int(value: number, range: Range, documentation: string): ConfigKey<number, number | string> {
  const { least = -INT_MAX - 1, most = INT_MAX } = range;
  return {
    default: value,
    wanted: most === INT_MAX
      ? `a whole number of at least ${least}`
      : `a whole number between ${least} and ${most}`,
    documentation,
    take(given) {
      const number = typeof given === "string" && /^[+-]?\d+$/.test(given.trim()) ? Number(given) : given;
      return typeof number === "number" && Number.isSafeInteger(number) && number >= least && number <= most
        ? number
        : undefined;
    },
  };
}

/** As `int`, up to 2^53. */
export function long(value: number, range: Range, documentation: string): ConfigKey<number, number | string> {
  return {
    ...int(value, { most: Number.MAX_SAFE_INTEGER, ...range }, documentation),
    wanted: `a whole number of at least ${range.least ?? "-2^53"}`,
  };
}

export function bool(value: boolean, documentation: string): ConfigKey<boolean, boolean | string> {
  return {
    default: value,
    wanted: "true or false",
    documentation,
    take(given) {
      if (typeof given === "boolean") return given;
      if (typeof given !== "string") return undefined;
      const text = given.trim().toLowerCase();
      return text === "true" ? true : text === "false" ? false : undefined;
    },
  };
}

/** null: none. */
export function text<D extends string | null>(
  value: D,
  documentation: string,
): ConfigKey<D extends null ? string | null : string, D extends null ? string | null : string> {
  type T = D extends null ? string | null : string;
  return {
    default: value as unknown as T,
    wanted: "a text",
    documentation,
    take: (
      given,
    ) => (typeof given === "string" || (value === null && given === null) ? given as T : undefined),
  };
}

/** One of some words, whatever their case. */
export function oneOf<W extends string>(
  value: W,
  words: readonly W[],
  documentation: string,
): ConfigKey<W, W> {
  return {
    default: value,
    wanted: `one of ${words.join(", ")}`,
    documentation,
    take(given) {
      const word = String(given).trim().toLowerCase();
      return words.find((one) => one.toLowerCase() === word);
    },
  };
}

/** A list, or its items with commas between them; one that must be given has at least one. */
export function list(
  value: readonly string[] | undefined,
  documentation: string,
): ConfigKey<readonly string[], readonly string[] | string> {
  return {
    default: value,
    wanted: `a list of ${
      value === undefined ? "at least one text" : "texts"
    }, or one text with commas between them`,
    documentation,
    take(given) {
      const items = typeof given === "string"
        ? given.split(",").map((item) => item.trim()).filter((item) => item)
        : given;
      if (!Array.isArray(items) || !items.every((item) => typeof item === "string")) return undefined;
      return items.length > 0 || value !== undefined ? items : undefined;
    },
  };
}

/** A value that only code can give: a function, a serializer. */
export function object<T>(
  value: T,
  wanted: string,
  isOne: (given: object) => boolean,
  documentation: string,
): ConfigKey<T, T> {
  return {
    default: value,
    wanted,
    documentation,
    take(given) {
      if (given === value) return value;
      const isObject = (typeof given === "object" && given !== null) || typeof given === "function";
      return isObject && isOne(given) ? given as T : undefined;
    },
  };
}

/** Any callback. */
export function callback<T>(wanted: string, documentation: string): ConfigKey<T | null, T | null> {
  return object<T | null>(null, wanted, (given) => typeof given === "function", documentation);
}
