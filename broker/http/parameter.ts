/**
 * Parameters of a query as data: what each means, may be and is unless given. One table reads them, refuses what is not in
 * it, and describes them in the OpenAPI document.
 *
 * What must be true: a parameter that is misspelt, given twice or out of bounds is refused, since it would do something
 * else in silence; and each refusal names the parameter, what was given and what may be.
 * @module
 */
import { badParameter } from "./api_error.ts";
import type { Acks } from "./produce_gatherer.ts";

/** A JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Parameter<T> {
  /** A clause for the documentation. */
  readonly description: string;
  readonly schema: JsonSchema;
  /** What it is where it is not given. */
  readonly otherwise: T;
  /** It must be given. */
  readonly isRequired?: boolean;
  /** Throws an ApiError 400. */
  readonly read: (text: string, name: string) => T;
}

/** Parameters by name. One whose name ends in "." stands for all that begin with it. */
export type Parameters = { readonly [name: string]: Parameter<unknown> };

export type ParameterValues<P extends Parameters> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** A whole number in [`min`, `max`]. */
export function integer<Default extends number | undefined = undefined>(options: {
  readonly description: string;
  readonly min: number;
  readonly max: number;
  readonly default?: Default;
}): Parameter<number | Default> {
  const { description, min, max } = options;
  return {
    description,
    schema: { type: "integer", minimum: min, maximum: max, ...defaultKeyword(options.default) },
    otherwise: options.default as Default,
    read: (text, name) => wholeNumber(text, name, min, max),
  };
}

/** Any text, or what matches `pattern`; `wanted` says in words what that is. */
export function text(options: {
  readonly description: string;
  readonly pattern?: RegExp;
  readonly wanted?: string;
}): Parameter<string | undefined> {
  const { description, pattern, wanted } = options;
  return {
    description,
    schema: { type: "string", ...(pattern === undefined ? {} : { pattern: pattern.source }) },
    otherwise: undefined,
    read(given, name) {
      if (pattern === undefined || pattern.test(given)) return given;
      throw badParameter(`${name} must be ${wanted ?? `like ${pattern}`}, but is ${shown(given)}.`);
    },
  };
}

/** One of some words. */
export function choice<Word extends string, Default extends Word | undefined = undefined>(
  words: readonly Word[],
  options: { readonly description: string; readonly default?: Default },
): Parameter<Word | Default> {
  return {
    description: options.description,
    schema: { type: "string", enum: words, ...defaultKeyword(options.default) },
    otherwise: options.default as Default,
    read(given, name) {
      const word = words.find((one) => one === given);
      if (word !== undefined) return word;
      throw badParameter(`${name} must be ${inWords(words)}, but is ${shown(given)}.`);
    },
  };
}

/** `true` or `false`; a bare name is true. */
export function flag(description: string): Parameter<boolean> {
  return {
    description,
    schema: { type: "boolean", default: false },
    otherwise: false,
    read(given, name) {
      if (given === "true" || given === "") return true;
      if (given === "false") return false;
      throw badParameter(`${name} must be true or false, but is ${shown(given)}.`);
    },
  };
}

/** One that must be given. */
export function required<T>(parameter: Parameter<T>): Parameter<NonNullable<T>> {
  return { ...parameter, isRequired: true } as Parameter<NonNullable<T>>;
}

/** Names (less the prefix) and values of all parameters that begin with this one's name, in order. */
export function prefixed(description: string): Parameter<readonly (readonly [string, string])[]> {
  return { description, schema: { type: "string" }, otherwise: [], read: (value, name) => [[name, value]] };
}

const ACKS: ReadonlyMap<string, Acks> = new Map([["all", -1], ["-1", -1], ["1", 1], ["0", 0]]);

/** Whom a write waits for. */
export const acks: Parameter<Acks> = {
  description: "whom to wait for: all replicas in sync, the leader (1), or nobody (0)",
  schema: { type: "string", enum: [...ACKS.keys()], default: "all" },
  otherwise: -1,
  read(given) {
    const found = ACKS.get(given);
    if (found !== undefined) return found;
    throw badParameter(`acks must be all (-1), 1 or 0, but is ${shown(given)}.`);
  },
};

/** The values of the parameters in the query of `url`. Throws an ApiError 400. */
export function readQuery<P extends Parameters>(url: string, parameters: P): ParameterValues<P> {
  const values: Record<string, unknown> = {};
  for (const name in parameters) values[name] = parameters[name]!.otherwise;
  const start = url.indexOf("?");
  if (start < 0) return checkRequired(values, parameters, NOTHING);
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    const prefix = Object.hasOwn(parameters, name) ? undefined : prefixOf(name, parameters);
    if (prefix !== undefined) {
      const found = parameters[prefix]!.read(value, name.slice(prefix.length)) as unknown[];
      values[prefix] = [...values[prefix] as unknown[], ...found];
      continue;
    }
    if (!Object.hasOwn(parameters, name) || name.endsWith(".")) throw unknownParameter(name, parameters);
    if (seen.has(name)) throw badParameter(`The parameter ${name} is there twice.`);
    seen.add(name);
    values[name] = parameters[name]!.read(value, name);
  }
  return checkRequired(values, parameters, seen);
}

/** The number that `text` is. Throws an ApiError 400 that begins with `what`. */
export function wholeNumber(text: string, what: string, min: number, max: number): number {
  const value = Number(text);
  if (/^-?[0-9]{1,16}$/.test(text) && value >= min && value <= max) return value;
  throw badParameter(`${what} must be a whole number from ${min} to ${max}, but is ${shown(text)}.`);
}

const NOTHING: ReadonlySet<string> = new Set();

function checkRequired<P extends Parameters>(
  values: Record<string, unknown>,
  parameters: P,
  given: ReadonlySet<string>,
): ParameterValues<P> {
  for (const name in parameters) {
    if (parameters[name]!.isRequired && !given.has(name)) {
      throw badParameter(`The parameter ${name} is missing: ${parameters[name]!.description}.`);
    }
  }
  return values as ParameterValues<P>;
}

function prefixOf(name: string, parameters: Parameters): string | undefined {
  const dot = name.indexOf(".") + 1;
  const prefix = name.slice(0, dot);
  return dot > 0 && Object.hasOwn(parameters, prefix) ? prefix : undefined;
}

function unknownParameter(name: string, parameters: Parameters): Error {
  const known = Object.keys(parameters).map((one) => one.endsWith(".") ? `${one}NAME` : one);
  return badParameter(
    `There is no parameter ${shown(name, 100)} here: ` +
      (known.length === 0 ? "this route has none." : `known are ${known.join(", ")}.`),
  );
}

function defaultKeyword(value: unknown): { default?: unknown } {
  return value === undefined ? {} : { default: value };
}

/** "json, text or base64" */
function inWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")}${words.length > 1 ? " or " : ""}${words.at(-1)}`;
}

function shown(text: string, length = 40): string {
  return JSON.stringify(text.length > length ? text.slice(0, length) : text);
}
