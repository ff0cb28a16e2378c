/**
 * Parameters of the path and the query, checked: each refusal names the parameter, what was given and what may be.
 * @module
 */
import type { Context } from "hono";
import { badParameter } from "./api_error.ts";
import { type Format } from "./media_types.ts";
import type { Acks } from "./produce_gatherer.ts";
import { isFormat } from "./record_formats.ts";

const MAX_PARTITION = 2 ** 31 - 1;

/** The `:topic` of the path, a name that Kafka allows. */
export function topicOf(context: Context): string {
  const topic = context.req.param("topic") ?? "";
  if (/^[A-Za-z0-9._-]{1,249}$/.test(topic) && topic !== "." && topic !== "..") return topic;
  throw badParameter(
    `${
      JSON.stringify(topic.slice(0, 260))
    } cannot be the name of a topic: a name has 1 to 249 of the characters ` +
      'A–Z a–z 0–9 . _ - and is not "." or "..".',
  );
}

/** The `:partition` of the path. */
export function partitionOf(context: Context): number {
  return wholeNumber(context.req.param("partition") ?? "", "The partition in the path", 0, MAX_PARTITION);
}

/** The parameters of a query. Those not asked for by `known` are refused, since a misspelt one would do something else. */
export class Query {
  readonly #parameters: URLSearchParams | undefined;

  constructor(url: string, known: readonly string[]) {
    const start = url.indexOf("?");
    if (start < 0 || start === url.length - 1) return;
    this.#parameters = new URLSearchParams(url.slice(start + 1));
    const seen = new Set<string>();
    for (const name of this.#parameters.keys()) {
      if (!known.some((one) => one === name || (one.endsWith(".") && name.startsWith(one)))) {
        const shown = JSON.stringify(name.slice(0, 100));
        throw badParameter(
          `There is no parameter ${shown} here: ` +
            (known.length === 0
              ? "this route has none."
              : `known are ${known.map((one) => one.endsWith(".") ? `${one}NAME` : one).join(", ")}.`),
        );
      }
      if (seen.has(name) && !name.includes(".")) throw badParameter(`The parameter ${name} is there twice.`);
      seen.add(name);
    }
  }

  text(name: string): string | undefined {
    return this.#parameters?.get(name) ?? undefined;
  }

  /** Names (less the prefix) and values of the parameters that begin with `prefix`, in order. */
  *startingWith(prefix: string): Generator<[name: string, value: string]> {
    for (const [name, value] of this.#parameters ?? []) {
      if (name.startsWith(prefix)) yield [name.slice(prefix.length), value];
    }
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : wholeNumber(text, name, min, max);
  }

  /** `true` or `false`; a bare name is true. */
  boolean(name: string): boolean {
    const text = this.text(name);
    if (text === undefined || text === "false") return false;
    if (text === "true" || text === "") return true;
    throw badParameter(`${name} must be true or false, but is ${JSON.stringify(text.slice(0, 40))}.`);
  }

  format(name: string): Format | undefined {
    const text = this.text(name);
    if (text === undefined || isFormat(text)) return text;
    throw badParameter(`${name} must be json, text or base64, but is ${JSON.stringify(text.slice(0, 40))}.`);
  }

  /** Whom to wait for; default: all replicas in sync. */
  acks(): Acks {
    const text = this.text("acks");
    if (text === undefined || text === "all" || text === "-1") return -1;
    if (text === "1") return 1;
    if (text === "0") return 0;
    throw badParameter(`acks must be all (-1), 1 or 0, but is ${JSON.stringify(text.slice(0, 40))}.`);
  }
}

function wholeNumber(text: string, what: string, min: number, max: number): number {
  const value = Number(text);
  if (/^-?[0-9]{1,16}$/.test(text) && value >= min && value <= max) return value;
  throw badParameter(
    `${what} must be a whole number from ${min} to ${max}, but is ${JSON.stringify(text.slice(0, 40))}.`,
  );
}
