/**
 * Bytes in, heads of requests out (RFC 9112, sections 2 to 5). Pure: knows no socket and no clock.
 *
 * What must be true:
 * - Each byte is looked at once, however the head is split over packets: a client that sends it byte by byte costs no more.
 * - What two programs could read differently is refused, not mended: bare CR or LF, folded lines, white space before a
 *   colon, control characters. A proxy in front and this server must not see two different requests.
 * - No head longer than `maxBytes` is held; one that is wrong is refused as soon as the wrong byte is there.
 *
 * The bytes of an unfinished head stay the caller's: it gives them again from their beginning, wherever they lie by then.
 * @module
 */
import { characterClasses, TARGET, TOKEN, VALUE } from "./character_classes.ts";
import { headTooLarge, malformed, targetTooLong, unknownVersion } from "./refusals.ts";
import { type RequestHead, requestHead } from "./request_head.ts";

const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const DIGIT_0 = 0x30;
const DIGIT_1 = 0x31;

/** What the next byte belongs to. */
const START = 0;
const START_LF = 1;
const METHOD = 2;
const TARGET_TEXT = 3;
const VERSION = 4;
const LINE_LF = 5;
const LINE_START = 6;
const NAME = 7;
const FIELD_VALUE = 8;
const END_LF = 9;

const VERSION_START = [..."HTTP/1."].map((character) => character.charCodeAt(0));
const VERSION_BYTES = VERSION_START.length + 1;

const decoder = new TextDecoder();

export class HeadParser {
  readonly #maxBytes: number;
  #step = START;
  /** Bytes of this head that were looked at; all positions below are counted from its beginning, too. */
  #looked = 0;
  /** Where the element being read begins. */
  #mark = 0;
  #methodStart = 0;
  #targetStart = 0;
  #targetEnd = 0;
  #minorVersion = 1;
  #hasHighBytes = false;
  /** Four positions for each field: begin and end of its name and of its value. */
  #fields: number[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True if part of a head has been looked at, empty lines before it aside. */
  get hasBegun(): boolean {
    return this.#step > START_LF;
  }

  /**
   * The head with which [start, end) of `bytes` begins; undefined until all of it is there. Throws an ApiError if it is none,
   * after which the parser is of no more use.
   */
  next(bytes: Uint8Array, start: number, end: number): RequestHead | undefined {
    const limit = Math.min(end, start + this.#maxBytes);
    const isWhole = this.#look(bytes, start, limit);
    if (!isWhole) {
      if (end - start < this.#maxBytes) return undefined;
      throw this.#step <= TARGET_TEXT ? targetTooLong(this.#maxBytes) : headTooLarge(this.#maxBytes);
    }
    const byteLength = this.#looked;
    const head = requestHead({
      text: textOf(bytes, start, start + byteLength, this.#hasHighBytes),
      methodStart: this.#methodStart,
      targetStart: this.#targetStart,
      targetEnd: this.#targetEnd,
      minorVersion: this.#minorVersion,
      fields: this.#fields,
      byteLength,
    });
    this.#step = START;
    this.#looked = 0;
    this.#hasHighBytes = false;
    this.#fields = [];
    return head;
  }

  /** Goes on to `limit`, or to the end of the head: true if that is there. */
  #look(bytes: Uint8Array, start: number, limit: number): boolean {
    let at = start + this.#looked;
    let step = this.#step;
    while (at < limit) {
      let byte = bytes[at]!;
      switch (step) {
        case START:
          if (byte === CR) step = START_LF;
          else {
            this.#methodStart = at - start;
            step = METHOD;
            continue;
          }
          break;
        case START_LF:
          if (byte !== LF) throw malformed("The request begins with a CR that no LF follows.");
          step = START;
          break;
        case METHOD:
          while ((characterClasses[byte]! & TOKEN) !== 0) {
            if (++at === limit) break;
            byte = bytes[at]!;
          }
          if (at === limit) continue;
          if (byte !== SPACE || at - start === this.#methodStart) throw noRequestLine(byte);
          this.#targetStart = at + 1 - start;
          step = TARGET_TEXT;
          break;
        case TARGET_TEXT:
          while ((characterClasses[byte]! & TARGET) !== 0) {
            if (byte >= 0x80) this.#hasHighBytes = true;
            if (++at === limit) break;
            byte = bytes[at]!;
          }
          if (at === limit) continue;
          this.#targetEnd = at - start;
          if (byte !== SPACE || this.#targetEnd === this.#targetStart) throw noRequestLine(byte);
          this.#mark = at + 1 - start;
          step = VERSION;
          break;
        case VERSION: {
          const index = at - start - this.#mark;
          if (index < VERSION_START.length && byte === VERSION_START[index]) break;
          if (index === VERSION_START.length && (byte === DIGIT_0 || byte === DIGIT_1)) {
            this.#minorVersion = byte - DIGIT_0;
            break;
          }
          if (index !== VERSION_BYTES || byte !== CR) throw wrongVersion(bytes, start + this.#mark, at + 1);
          step = LINE_LF;
          break;
        }
        case LINE_LF:
          if (byte !== LF) throw malformed("A line of the head has a CR that no LF follows.");
          step = LINE_START;
          break;
        case LINE_START:
          if (byte === CR) {
            step = END_LF;
            break;
          }
          if (byte === SPACE || byte === HTAB) {
            throw malformed(
              "A header field goes on in a second line, which is not allowed any more (RFC 9112, 5.2).",
            );
          }
          this.#mark = at - start;
          step = NAME;
          continue;
        case NAME:
          while ((characterClasses[byte]! & TOKEN) !== 0) {
            if (++at === limit) break;
            byte = bytes[at]!;
          }
          if (at === limit) continue;
          if (byte !== COLON || at - start === this.#mark) {
            throw malformed(`A header field's name has the byte ${inHex(byte)} in it, or is empty.`);
          }
          this.#fields.push(this.#mark, at - start);
          this.#mark = at + 1 - start;
          step = FIELD_VALUE;
          break;
        case FIELD_VALUE:
          while ((characterClasses[byte]! & VALUE) !== 0) {
            if (byte >= 0x80) this.#hasHighBytes = true;
            if (++at === limit) break;
            byte = bytes[at]!;
          }
          if (at === limit) continue;
          if (byte !== CR) {
            throw malformed(
              byte === LF
                ? "A line of the head ends in a bare LF: lines end in CR LF."
                : `A header field's value has the byte ${inHex(byte)} in it.`,
            );
          }
          this.#addValue(bytes, start, at);
          step = LINE_LF;
          break;
        case END_LF:
          if (byte !== LF) throw malformed("The head ends in a CR that no LF follows.");
          this.#looked = at + 1 - start;
          return true;
      }
      at++;
    }
    this.#looked = at - start;
    this.#step = step;
    return false;
  }

  /** The value of the field being read ends at `end`, white space around it aside. */
  #addValue(bytes: Uint8Array, start: number, end: number): void {
    let from = start + this.#mark;
    while (from < end && isBlank(bytes[from]!)) from++;
    while (end > from && isBlank(bytes[end - 1]!)) end--;
    this.#fields.push(from - start, end - start);
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === HTAB;
}

/** Each byte as one character. */
function textOf(bytes: Uint8Array, start: number, end: number, hasHighBytes: boolean): string {
  if (!hasHighBytes) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function noRequestLine(byte: number): Error {
  return malformed(
    `This is no request line: METHOD, path and HTTP/1.1 with single spaces are wanted, and the byte ${
      inHex(byte)
    } came. ` +
      "TLS is not spoken here.",
  );
}

function wrongVersion(bytes: Uint8Array, start: number, end: number): Error {
  const text = textOf(bytes, start, end, true);
  return /^HTTP\/[2-9]/.test(text)
    ? unknownVersion(text.slice(0, 6))
    : malformed("The request line does not end in HTTP/1.1 and CR LF.");
}

function inHex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
