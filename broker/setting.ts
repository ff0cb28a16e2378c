/**
 * The words in which settings are defined: `int(1, atLeast(1), "…")` says type, default, range and meaning, and the
 * type of the value follows from it. `setting_definitions.ts` and `topic_settings.ts` are tables made of these.
 *
 * What must be true: a text that Kafka accepts for a setting is accepted here with the same meaning, and one that it
 * refuses is refused with a sentence that says what was found and what is wanted.
 * @module
 */

/** Kafka's names of types, as DescribeConfigs tells them. */
export type SettingType =
  | "boolean"
  | "string"
  | "int"
  | "short"
  | "long"
  | "double"
  | "list"
  | "class"
  | "password";

export type SettingValue = boolean | string | number | readonly string[] | null;

/** What setting it does: "now" it works, "later" it is kept and has no effect yet, "none" it has nothing to act on here. */
export type SettingEffect = "now" | "later" | "none";

export interface Setting<T extends SettingValue = SettingValue> {
  readonly type: SettingType;
  /** In the form of a properties file; null: no value. */
  readonly default: string | null;
  /** Kafka's own default where this broker's differs. */
  readonly kafkaDefault?: string | null;
  /** What is accepted beside the type, in words: "at least 1". Empty: anything of the type. */
  readonly range: string;
  /** What it does, in a sentence or two. */
  readonly documentation: string;
  readonly effect: SettingEffect;
  /** The value of `text`, or what is wrong with it: words that follow `"name" is "text", but`. */
  parse(text: string): { readonly value: T } | { readonly problem: string };
}

/** The type of a setting's value. */
export type ValueOf<S> = S extends Setting<infer T> ? T : never;

export interface SettingOptions {
  /** Default "now". */
  readonly effect?: SettingEffect;
  readonly kafkaDefault?: string | null;
}

/** The largest int64 as Kafka writes it: "no limit" for many settings. */
export const LONG_MAX = "9223372036854775807";
export const DOUBLE_MAX = "1.7976931348623157E308";
export const INT_MAX = 2_147_483_647;

/** A test of a parsed value, and the words for what passes it. */
export interface Range<T> {
  readonly words: string;
  includes(value: T): boolean;
}

export const anything: Range<unknown> = { words: "", includes: () => true };

export function atLeast(least: number): Range<number> {
  return { words: `at least ${least}`, includes: (value) => value >= least };
}

export function between(least: number, most: number): Range<number> {
  return { words: `between ${least} and ${most}`, includes: (value) => value >= least && value <= most };
}

export function either(one: number, other: Range<number>): Range<number> {
  return {
    words: `${one} or ${other.words}`,
    includes: (value) => value === one || other.includes(value),
  };
}

type Given<D extends number | string | null, T> = D extends null ? T | null : T;

export function int<D extends number | null>(
  value: D,
  range: Range<number>,
  documentation: string,
  options: SettingOptions = {},
): Setting<Given<D, number>> {
  return wholeNumber("int", 32n, value, range, documentation, options);
}

export function short<D extends number | null>(
  value: D,
  range: Range<number>,
  documentation: string,
  options: SettingOptions = {},
): Setting<Given<D, number>> {
  return wholeNumber("short", 16n, value, range, documentation, options);
}

/** Values beyond 2^53 become the nearest number. */
export function long<D extends number | typeof LONG_MAX | null>(
  value: D,
  range: Range<number>,
  documentation: string,
  options: SettingOptions = {},
): Setting<Given<D, number>> {
  return wholeNumber("long", 64n, value, range, documentation, options);
}

export function double(
  value: number | typeof DOUBLE_MAX,
  range: Range<number>,
  documentation: string,
  options: SettingOptions = {},
): Setting<number> {
  return define<number>(
    "double",
    String(value),
    range,
    documentation,
    options,
    (text) =>
      /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
        ? { value: Number(text) }
        : { problem: "must be a number (double)" },
  );
}

export function boolean(
  value: boolean,
  documentation: string,
  options: SettingOptions = {},
): Setting<boolean> {
  return define<boolean>(
    "boolean",
    String(value),
    anything,
    documentation,
    options,
    (text) =>
      /^(true|false)$/i.test(text)
        ? { value: text.toLowerCase() === "true" }
        : { problem: "must be true or false" },
  );
}

export function text<D extends string | null>(
  value: D,
  documentation: string,
  options: SettingOptions = {},
): Setting<Given<D, string>> {
  return define<Given<D, string>>(
    "string",
    value,
    anything,
    documentation,
    options,
    (text) => ({ value: text as Given<D, string> }),
  );
}

/** One of some words (Kafka's type for it is "string"). */
export function choice<C extends string>(
  value: C,
  choices: readonly C[],
  documentation: string,
  options: SettingOptions = {},
): Setting<C> {
  const range: Range<C> = {
    words: `one of ${choices.join(", ")}`,
    includes: (found) => choices.includes(found),
  };
  return define("string", value, range, documentation, options, (text) => ({ value: text as C }));
}

/** Words with commas between them; `choices`: the only ones accepted, none twice. */
export function list<D extends string | null>(
  value: D,
  choices: readonly string[] | undefined,
  documentation: string,
  options: SettingOptions = {},
): Setting<Given<D, readonly string[]>> {
  const range: Range<Given<D, readonly string[]>> = choices === undefined ? anything : {
    words: `any of ${choices.join(", ")}`,
    includes: (found) =>
      found === null ||
      found.every((item) => choices.includes(item)) && new Set(found).size === found.length,
  };
  return define("list", value, range, documentation, options, (text) => ({
    value: splitList(text) as unknown as Given<D, readonly string[]>,
  }));
}

/** "a, b" → ["a", "b"]; "" → []. */
export function splitList(text: string): string[] {
  return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}

/** A sentence if `text` is no value for the setting `name`. */
export function settingProblem(name: string, setting: Setting, text: string): string | undefined {
  const parsed = setting.parse(text);
  if (!("problem" in parsed)) return undefined;
  return `${name} is "${text.trim()}", but ${parsed.problem}${unitHint(name, text)}`;
}

/** The parsed default. */
export function defaultValue<T extends SettingValue>(setting: Setting<T>): T {
  if (setting.default === null) return null as T;
  const parsed = setting.parse(setting.default);
  if ("problem" in parsed) throw new TypeError(`the default "${setting.default}" ${parsed.problem}`);
  return parsed.value;
}

function wholeNumber<D extends number | string | null>(
  type: "int" | "short" | "long",
  bits: bigint,
  value: D,
  range: Range<number>,
  documentation: string,
  options: SettingOptions,
): Setting<Given<D, number>> {
  const most = (1n << (bits - 1n)) - 1n;
  return define<Given<D, number>>(
    type,
    value === null ? null : String(value),
    range as Range<Given<D, number>>,
    documentation,
    options,
    (text) => {
      if (!/^[+-]?\d+$/.test(text)) return { problem: `must be a whole number (${type})` };
      const exact = BigInt(text.replace(/^\+/, ""));
      if (exact > most) return { problem: `must be at most ${most} (${type})` };
      if (exact < -most - 1n) return { problem: `must be at least ${-most - 1n} (${type})` };
      return { value: Number(exact) as Given<D, number> };
    },
  );
}

function define<T extends SettingValue>(
  type: SettingType,
  value: string | null,
  range: Range<T>,
  documentation: string,
  options: SettingOptions,
  read: (text: string) => { readonly value: T } | { readonly problem: string },
): Setting<T> {
  return {
    type,
    default: value,
    range: range.words,
    documentation,
    effect: options.effect ?? "now",
    ...(options.kafkaDefault === undefined ? {} : { kafkaDefault: options.kafkaDefault }),
    parse(text) {
      const parsed = read(text.trim());
      if ("problem" in parsed || range.includes(parsed.value)) return parsed;
      return { problem: `must be ${range.words}` };
    },
  };
}

const byteUnits: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const millisecondUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Kafka knows no units: whoever writes "1GB" or "7d" is told the number to write. */
function unitHint(name: string, text: string): string {
  const bytes = /^(\d+)\s*([kmgt])(i?b)?$/i.exec(text.trim());
  if (bytes !== null && name.endsWith(".bytes")) {
    return `: write ${Number(bytes[1]) * byteUnits[bytes[2]!.toLowerCase()]!}`;
  }
  const time = /^(\d+)\s*(ms|s|m|h|d)$/i.exec(text.trim());
  if (time !== null && name.endsWith(".ms")) {
    return `: write ${Number(time[1]) * millisecondUnits[time[2]!.toLowerCase()]!}`;
  }
  return "";
}
