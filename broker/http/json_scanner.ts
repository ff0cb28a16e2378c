/**
 * A pull parser over the bytes of a JSON text (RFC 8259), for bodies whose parts are kept as they were sent.
 *
 * What must be true: a value that passes through Milena keeps every digit of its numbers, the order of its members
 * and its escapes. `JSON.parse` and `JSON.stringify` would round 12345678901234567890 and drop a repeated member; so
 * `raw()` gives the bytes of a value, less the white space between its tokens. And whoever sent a broken text is told
 * the line and column where it breaks.
 *
 * Nothing here recurses deeper than MAX_DEPTH and nothing is allocated before it is asked for. UTF-8 is not checked
 * here: see `nonAscii`.
 * @module
 */
import { isUtf8 } from "node:buffer";

/** Arrays and objects within each other; deeper texts are refused, as they would exhaust somebody's stack. */
export const MAX_DEPTH = 512;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Keeps nothing between calls. */
const decoder = new TextDecoder();

/** Where a text stops being JSON, or stops being what was wanted of it. `message` is a whole sentence. */
export class JsonError extends Error {
  override name = "JsonError";
  /** `complaint`: a sentence without its beginning, which says where. */
  constructor(readonly complaint: string, readonly line: number, readonly column: number) {
    super(`At line ${line}, column ${column}: ${complaint}`);
  }
}

export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null" | "end" | "unknown";

export class JsonScanner {
  #bytes: Uint8Array;
  #position: number;
  #depth = 0;
  #spaces = 0;
  readonly #keepsSpaces: boolean;
  /** True once a byte above 0x7F has been passed: then the text is JSON only if its bytes are UTF-8. */
  nonAscii = false;

  /** `keepsSpaces`: `raw()` gives values with the white space between their tokens. */
  constructor(bytes: Uint8Array, position = 0, { keepsSpaces = false } = {}) {
    this.#bytes = bytes;
    this.#position = position;
    this.#keepsSpaces = keepsSpaces;
  }

  /** Begins with another text. */
  reset(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#position = 0;
    this.#depth = 0;
    this.nonAscii = false;
  }

  /** Bytes passed so far. */
  get position(): number {
    return this.#position;
  }

  /** What comes next, judged by its first byte. */
  peek(): JsonKind {
    this.#skipSpace();
    if (this.#position >= this.#bytes.length) return "end";
    switch (this.#bytes[this.#position]) {
      case OPEN_OBJECT:
        return "object";
      case OPEN_ARRAY:
        return "array";
      case QUOTE:
        return "string";
      case 0x74: // t
      case 0x66: // f
        return "boolean";
      case 0x6e: // n
        return "null";
      default: {
        const byte = this.#bytes[this.#position]!;
        return byte === MINUS || (byte >= ZERO && byte <= NINE) ? "number" : "unknown";
      }
    }
  }

  /** Passes `{`. `what` names the value in the error if it is something else. */
  openObject(what: string): void {
    if (this.peek() !== "object") this.fail(`${what} must be an object ({ … })`);
    this.#open();
  }

  /** After `openObject`: the name of the next member, its colon passed; undefined after the last, its brace passed. */
  nextMember(first: boolean): string | undefined {
    this.#skipSpace();
    const byte = this.#bytes[this.#position];
    if (byte === CLOSE_OBJECT) {
      this.#close();
      return undefined;
    }
    if (!first) {
      if (byte !== COMMA) this.fail(`"," or "}" was expected`);
      this.#position++;
      this.#skipSpace();
    }
    if (this.#bytes[this.#position] !== QUOTE) this.fail("a member name in double quotes was expected");
    const name = this.#stringText();
    this.#colon();
    return name;
  }

  /** Passes `[`. `what` names the value in the error if it is something else. */
  openArray(what: string): void {
    if (this.peek() !== "array") this.fail(`${what} must be an array ([ … ])`);
    this.#open();
  }

  /** After `openArray`: true if an element comes next, false after the last, its bracket passed. */
  nextElement(first: boolean): boolean {
    this.#skipSpace();
    const byte = this.#bytes[this.#position];
    if (byte === CLOSE_ARRAY) {
      this.#close();
      return false;
    }
    if (!first) {
      if (byte !== COMMA) this.fail(`"," or "]" was expected`);
      this.#position++;
    }
    return true;
  }

  /** The text of a string value. */
  string(what: string): string {
    if (this.peek() !== "string") this.fail(`${what} must be a string ("…")`);
    return this.#stringText();
  }

  /** A number without fraction within [min, max]. */
  integer(what: string, min: number, max: number): number {
    if (this.peek() !== "number") this.fail(`${what} must be a whole number`);
    const start = this.#position;
    this.#skipNumber();
    const text = asciiText(this.#bytes, start, this.#position);
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      this.#position = start;
      this.fail(`${what} must be a whole number from ${min} to ${max}`);
    }
    return value;
  }

  /**
   * Passes a value of any kind and returns its bytes: a view, if there was no white space between its tokens or it is kept;
   * else a copy without.
   */
  raw(): Uint8Array {
    this.#skipSpace();
    const start = this.#position;
    this.#spaces = 0;
    this.skip();
    const text = this.#bytes.subarray(start, this.#position);
    return this.#spaces === 0 || this.#keepsSpaces ? text : withoutSpaces(text, this.#spaces);
  }

  /** Passes a value of any kind, checking it. */
  skip(): void {
    switch (this.peek()) {
      case "object":
        this.#skipObject();
        break;
      case "array":
        this.#open();
        for (let first = true; this.nextElement(first); first = false) this.skip();
        break;
      case "string":
        this.#skipString();
        break;
      case "number":
        this.#skipNumber();
        break;
      case "boolean":
        this.#word(this.#bytes[this.#position] === 0x74 ? "true" : "false");
        break;
      case "null":
        this.#word("null");
        break;
      default:
        this.fail("a value was expected");
    }
  }

  /** Passes `null`. */
  null(): void {
    if (this.peek() !== "null") this.fail("null was expected");
    this.#word("null");
  }

  /** Throws unless nothing but white space is left. */
  end(): void {
    if (this.peek() !== "end") this.fail("the end was expected");
  }

  /** Throws a JsonError for this position: `expectation`, and what stands here instead. */
  fail(expectation: string): never {
    const { line, column } = locate(this.#bytes, this.#position);
    throw new JsonError(`${expectation}, but ${found(this.#bytes, this.#position)}.`, line, column);
  }

  #open(): void {
    if (++this.#depth > MAX_DEPTH) this.fail(`at most ${MAX_DEPTH} levels of arrays and objects are read`);
    this.#position++;
  }

  #close(): void {
    this.#depth--;
    this.#position++;
  }

  #colon(): void {
    this.#skipSpace();
    if (this.#bytes[this.#position] !== COLON) this.fail(`":" was expected`);
    this.#position++;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    const start = this.#position;
    let position = start;
    for (;;) {
      const byte = bytes[position];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
      position++;
    }
    this.#spaces += position - start;
    this.#position = position;
  }

  #skipObject(): void {
    this.#open();
    for (let first = true;; first = false) {
      this.#skipSpace();
      const byte = this.#bytes[this.#position];
      if (byte === CLOSE_OBJECT) return this.#close();
      if (!first) {
        if (byte !== COMMA) this.fail(`"," or "}" was expected`);
        this.#position++;
        this.#skipSpace();
      }
      if (this.#bytes[this.#position] !== QUOTE) this.fail("a member name in double quotes was expected");
      this.#skipString();
      this.#colon();
      this.skip();
    }
  }

  /** Passes a string; returns whether it has escapes. */
  #skipString(): boolean {
    const bytes = this.#bytes;
    const open = this.#position;
    let escaped = false;
    let position = open + 1;
    for (;;) {
      const byte = bytes[position];
      if (byte === QUOTE) break;
      if (byte === undefined) {
        this.#position = open;
        this.fail("a string that ends with a double quote was expected");
      }
      if (byte === BACKSLASH) {
        escaped = true;
        position = this.#skipEscape(position);
      } else if (byte < 0x20) {
        this.#position = position;
        this.fail("control characters in a string must be escaped (\\n, \\t, \\u0000)");
      } else {
        if (byte > 0x7f) this.nonAscii = true;
        position++;
      }
    }
    this.#position = position + 1;
    return escaped;
  }

  #skipEscape(position: number): number {
    switch (this.#bytes[position + 1]) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return position + 2;
      case 0x75: // u
        for (let i = position + 2; i < position + 6; i++) {
          if (!isHexDigit(this.#bytes[i])) {
            this.#position = i;
            this.fail("four hexadecimal digits were expected after \\u");
          }
        }
        return position + 6;
      default:
        this.#position = position + 1;
        this.fail(`one of " \\ / b f n r t u was expected after a backslash`);
    }
  }

  #stringText(): string {
    const start = this.#position;
    const escaped = this.#skipString();
    if (!escaped && this.#position - start <= 26) {
      const short = asciiOnly(this.#bytes, start + 1, this.#position - 1);
      if (short !== undefined) return short;
    }
    const text = decoder.decode(this.#bytes.subarray(start, this.#position));
    return escaped ? JSON.parse(text) as string : text.slice(1, -1);
  }

  #skipNumber(): void {
    const bytes = this.#bytes;
    if (bytes[this.#position] === MINUS) this.#position++;
    if (bytes[this.#position] === ZERO) this.#position++;
    else this.#digits();
    if (bytes[this.#position] === POINT) {
      this.#position++;
      this.#digits();
    }
    const exponent = bytes[this.#position];
    if (exponent === 0x65 || exponent === 0x45) {
      this.#position++;
      const sign = bytes[this.#position];
      if (sign === MINUS || sign === 0x2b) this.#position++;
      this.#digits();
    }
  }

  #digits(): void {
    const start = this.#position;
    while (this.#bytes[this.#position]! >= ZERO && this.#bytes[this.#position]! <= NINE) this.#position++;
    if (this.#position === start) this.fail("a digit was expected");
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#bytes[this.#position + i] !== word.charCodeAt(i)) this.fail(`${word} was expected`);
    }
    this.#position += word.length;
  }
}

/** Whether `bytes` are one JSON text in UTF-8, nothing before or after it. */
export function isJson(bytes: Uint8Array): boolean {
  // Spares the price of an exception for what is plainly something else: words, times, lines of a log.
  if (!mayBeJson(bytes)) return false;
  const scanner = new JsonScanner(bytes);
  try {
    scanner.skip();
    scanner.end();
    return !scanner.nonAscii || isUtf8(bytes);
  } catch (error) {
    if (error instanceof JsonError) return false;
    throw error;
  }
}

/** Whether the ends of `bytes`, and what a number is made of, are those of a JSON text. */
function mayBeJson(bytes: Uint8Array): boolean {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start]!)) start++;
  while (end > start && isSpace(bytes[end - 1]!)) end--;
  const last = bytes[end - 1];
  switch (bytes[start]) {
    case OPEN_OBJECT:
      return last === CLOSE_OBJECT;
    case OPEN_ARRAY:
      return last === CLOSE_ARRAY;
    case QUOTE:
      return last === QUOTE && end - start > 1;
    case 0x74: // t
    case 0x66: // f
    case 0x6e: // n
      return end - start <= "false".length;
  }
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const isOfNumber = byte >= ZERO && byte <= NINE || byte === POINT || byte === MINUS || byte === 0x2b ||
      (byte | 0x20) === 0x65;
    if (!isOfNumber) return false;
  }
  return end > start;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return (byte >= ZERO && byte <= NINE) || (letter >= 0x61 && letter <= 0x66);
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

function asciiOnly(bytes: Uint8Array, start: number, end: number): string | undefined {
  for (let i = start; i < end; i++) {
    if (bytes[i]! > 0x7f) return undefined;
  }
  return asciiText(bytes, start, end);
}

/** `text` is valid JSON with `spaces` bytes of white space between its tokens, which the copy lacks. */
function withoutSpaces(text: Uint8Array, spaces: number): Uint8Array {
  const result = new Uint8Array(text.length - spaces);
  let length = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (inString) {
      result[length++] = byte;
      if (byte === BACKSLASH) result[length++] = text[++i]!;
      else if (byte === QUOTE) inString = false;
    } else if (byte > 0x20) {
      result[length++] = byte;
      inString = byte === QUOTE;
    }
  }
  return result;
}

/** Lines and columns count from 1; columns in characters. */
function locate(bytes: Uint8Array, position: number): { line: number; column: number } {
  let line = 1;
  let column = 1;
  for (let i = 0; i < position && i < bytes.length; i++) {
    if (bytes[i] === 0x0a) {
      line++;
      column = 1;
    } else if ((bytes[i]! & 0xc0) !== 0x80) column++;
  }
  return { line, column };
}

function found(bytes: Uint8Array, position: number): string {
  if (position >= bytes.length) return "the text ends there";
  const text = decoder.decode(bytes.subarray(position, position + 24)).replace(/[\s\ufffd]+$/, "");
  return `${JSON.stringify(text.length > 16 ? text.slice(0, 16) + "…" : text)} stands there`;
}
