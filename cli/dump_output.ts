/**
 * What `milena dump` prints: a line an item, with the same fields by the same names as text (NAME=VALUE, so that it can be
 * searched and cut) and as JSON. In the text what says nothing is left out.
 * @module
 */
import { jsonLine, type JsonValue } from "./json_line.ts";
import type { LineOutput } from "./line_output.ts";

export interface Field {
  readonly name: string;
  /** Undefined: not in the text. Asked for only if there is one: half the time of a dump is making texts. */
  readonly text: () => string | undefined;
  /** Undefined: not in the JSON. */
  readonly json: JsonValue | undefined;
  /** Characters that NAME=VALUE takes in the text, so that columns stand below each other. */
  readonly width: number;
}

const TYPE_WIDTH = 7;
const NO_TIMESTAMP = -1;
/** Beyond it a Date is none. */
const MAX_DATE_MS = 8.64e15;

export interface DumpOutputOptions {
  readonly isJson: boolean;
  /** Most items of all files. */
  readonly limit: number;
}

export class DumpOutput {
  /** Something was wrong in any of the files. */
  hasFoundBad = false;
  readonly #output: LineOutput;
  readonly #isJson: boolean;
  #left: number;
  #path = "";

  constructor(output: LineOutput, { isJson, limit }: DumpOutputOptions) {
    this.#output = output;
    this.#isJson = isJson;
    this.#left = limit;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }

  beginFile(path: string): void {
    this.#path = path;
    if (!this.#isJson) this.#output.line(`file    ${path}`);
  }

  /** Returns false when that was the last one wanted. */
  item(type: string, fields: readonly Field[]): boolean {
    this.heading(type, fields);
    this.#left--;
    return !this.isFull;
  }

  /** What does not count, because its parts do. */
  heading(type: string, fields: readonly Field[]): void {
    if (this.#isJson) {
      const line: Record<string, JsonValue | undefined> = { type, file: this.#path };
      for (const { name, json } of fields) line[name] = json;
      this.#output.line(jsonLine(line));
      return;
    }
    let line = type.padEnd(TYPE_WIDTH);
    for (const { name, text, width } of fields) {
      const shown = text();
      if (shown !== undefined) line += ` ${`${name}=${shown}`.padEnd(width)}`;
    }
    this.#output.line(line.trimEnd());
  }

  /** Something that is not as it should be; `place` says where. */
  bad(problem: string, place: readonly Field[] = []): void {
    this.hasFoundBad = true;
    this.heading("bad", [...place, field("problem", problem)]);
  }
}

export interface FieldOptions {
  /** Default 0. */
  readonly width?: number;
  /** Left out of the text if it has this value. */
  readonly unless?: JsonValue;
}

/** Numbers and words stand as they are. */
export function field(name: string, value: JsonValue, { width = 0, unless }: FieldOptions = {}): Field {
  return { name, text: () => value === unless ? undefined : showWord(value), json: value, width };
}

function showWord(value: JsonValue): string {
  return typeof value === "string" && /[\s"]/.test(value) ? JSON.stringify(value) : String(value);
}

/** As ISO 8601 in the text and milliseconds since 1970 in JSON. */
export function timestampField(name: string, ms: number | bigint, options: FieldOptions = {}): Field {
  return { ...field(name, ms, options), text: () => showTime(ms) };
}

function showTime(ms: number | bigint): string {
  const isDate = ms !== NO_TIMESTAMP && Math.abs(Number(ms)) <= MAX_DATE_MS;
  return isDate ? new Date(Number(ms)).toISOString() : String(ms);
}

/** Not in the text. */
export function jsonField(name: string, json: JsonValue | undefined): Field {
  return { name, text: () => undefined, json, width: 0 };
}

/** Bytes, as text if they are that; else in hexadecimal in the text, and in JSON in base64, with a second field that says so. */
export function bytesFields(name: string, bytes: Uint8Array | null, width = 0): Field[] {
  if (bytes === null) return [field(name, null, { width })];
  const words = asText(bytes);
  if (words !== undefined) return [{ name, text: () => JSON.stringify(words), json: words, width }];
  return [
    { name, text: () => `0x${bytes.toHex()}`, json: bytes.toBase64(), width },
    jsonField(`${name}Encoding`, "base64"),
  ];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** What no text holds, and what stands in for bytes that are no UTF-8: a fatal decoder costs an exception for each record. */
// deno-lint-ignore no-control-regex
const UNTEXTUAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/;

/** Undefined if the bytes are no text. */
function asText(bytes: Uint8Array): string | undefined {
  const text = decoder.decode(bytes);
  return UNTEXTUAL.test(text) ? undefined : text;
}
