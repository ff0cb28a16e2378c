/**
 * What a filter sees of one record; each part is looked at when it is asked for, and once.
 * @module
 */
import type { ReadRecord } from "../records_response.ts";
import type { Operand, Step, Value } from "./expression.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class RecordFields {
  readonly #record: ReadRecord;
  readonly #partition: number;
  #keyText: string | null | undefined;
  #valueText: string | null | undefined;
  #json: { readonly value: Value } | undefined;

  constructor(record: ReadRecord, partition: number) {
    this.#record = record;
    this.#partition = partition;
  }

  /** undefined: it is not there. */
  get(operand: Operand): Value {
    switch (operand.kind) {
      case "literal":
        return operand.value;
      case "header":
        return this.#header(operand.name);
      case "value":
        return operand.path.length === 0 ? this.#whole() : follow(this.#parsed(), operand.path);
      case "field":
        break;
    }
    switch (operand.field) {
      case "key":
        return this.#key();
      case "partition":
        return this.#partition;
      case "offset":
        return this.#record.offset;
      case "timestamp":
        return this.#record.timestamp;
    }
  }

  /** Whether the key, the value or a header has `text` in it. */
  hasText(text: string): boolean {
    return this.#key()?.includes(text) === true || this.#value()?.includes(text) === true ||
      this.#record.headers.some(({ key, value }) => {
        return key.includes(text) || value !== null && decoder.decode(value).includes(text);
      });
  }

  #key(): string | null {
    if (this.#keyText === undefined) this.#keyText = textOf(this.#record.key);
    return this.#keyText;
  }

  #value(): string | null {
    if (this.#valueText === undefined) this.#valueText = textOf(this.#record.value);
    return this.#valueText;
  }

  /** The last header of that name, which is the one that counts to Kafka. */
  #header(name: string): Value {
    const found = this.#record.headers.findLast(({ key }) => key === name);
    return found === undefined ? undefined : textOf(found.value);
  }

  /** The value itself: what its JSON is if that is a text, a number, true, false or null, else all of it as text. */
  #whole(): Value {
    const parsed = this.#parsed();
    return parsed === undefined || typeof parsed === "object" ? this.#value() : parsed;
  }

  /** undefined: it is no JSON. */
  #parsed(): Value {
    if (this.#json === undefined) {
      const text = this.#value();
      try {
        this.#json = { value: text === null ? null : JSON.parse(text) };
      } catch {
        this.#json = { value: undefined };
      }
    }
    return this.#json.value;
  }
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes);
}

function follow(value: Value, path: readonly Step[]): Value {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    // The length of an array is a member of its own to JavaScript, and none to JSON.
    if (Array.isArray(at) && typeof step !== "number") return undefined;
    at = (at as Record<Step, unknown>)[step];
  }
  return at as Value;
}
