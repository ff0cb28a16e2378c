/**
 * A body in chunks (RFC 9112, section 7.1): bytes in, pieces of data out. Pure.
 *
 * What must be true: no data passes that was not announced by a size; what is not data (sizes, extensions, trailers) is
 * bounded, for a body of millions of empty lines is an attack; and lines end in CR LF, as in the head. Extensions and
 * trailers mean nothing here and are dropped.
 * @module
 */
import { characterClasses, HEX, VALUE } from "./character_classes.ts";
import { malformed } from "./refusals.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const HTAB = 0x09;
const SEMICOLON = 0x3b;

/** What the next byte belongs to. */
const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER_START = 6;
const TRAILER = 7;
const TRAILER_LF = 8;
const END_LF = 9;
const DONE = 10;

/** Of a size: 2^48 bytes are enough, and exact as a number. */
const MAX_SIZE_DIGITS = 12;
/** Of one size's line, and of all trailers. */
const MAX_LINE_BYTES = 4096;

export class ChunkedDecoder {
  /** Of the piece that was found last: [start, end) of the bytes given; empty if none was. */
  dataStart = 0;
  dataEnd = 0;
  #step = SIZE;
  #size = 0;
  #digitCount = 0;
  /** Bytes of the line, or of all trailers, being read. */
  #lineBytes = 0;

  get isDone(): boolean {
    return this.#step === DONE;
  }

  /** Goes on to the end of the next piece, of the body, or to `end`; returns up to where. Throws an ApiError 400. */
  next(bytes: Uint8Array, start: number, end: number): number {
    this.dataStart = this.dataEnd = start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      switch (this.#step) {
        case SIZE:
          if ((characterClasses[byte]! & HEX) !== 0) {
            if (++this.#digitCount > MAX_SIZE_DIGITS) {
              throw malformed("A chunk of the body is announced too large.");
            }
            this.#size = this.#size * 16 + hexValue(byte);
          } else if (this.#digitCount > 0 && isAfterSize(byte)) {
            this.#lineBytes = 0;
            this.#step = byte === CR ? SIZE_LF : EXTENSION;
          } else {
            throw malformed("A chunk of the body does not begin with its size in hexadecimal digits.");
          }
          break;
        case EXTENSION:
          if (byte === CR) this.#step = SIZE_LF;
          else this.#count(byte, "extension");
          break;
        case SIZE_LF:
          if (byte !== LF) throw noLineEnd();
          this.#digitCount = 0;
          this.#lineBytes = 0;
          this.#step = this.#size === 0 ? TRAILER_START : DATA;
          break;
        case DATA: {
          const length = Math.min(this.#size, end - at);
          this.dataStart = at;
          this.dataEnd = at + length;
          this.#size -= length;
          if (this.#size === 0) this.#step = DATA_CR;
          return this.dataEnd;
        }
        case DATA_CR:
          if (byte !== CR) throw malformed("A chunk of the body is longer than its size says.");
          this.#step = DATA_LF;
          break;
        case DATA_LF:
          if (byte !== LF) throw noLineEnd();
          this.#step = SIZE;
          break;
        case TRAILER_START:
          if (byte === CR) {
            this.#step = END_LF;
            break;
          }
          this.#count(byte, "trailer");
          this.#step = TRAILER;
          break;
        case TRAILER:
          if (byte === CR) this.#step = TRAILER_LF;
          else this.#count(byte, "trailer");
          break;
        case TRAILER_LF:
          if (byte !== LF) throw noLineEnd();
          this.#step = TRAILER_START;
          break;
        case END_LF:
          if (byte !== LF) throw noLineEnd();
          this.#step = DONE;
          return at + 1;
        case DONE:
          return at;
      }
    }
    return end;
  }

  #count(byte: number, what: string): void {
    if ((characterClasses[byte]! & VALUE) === 0) {
      throw malformed(`A chunk ${what} of the body has a byte in it that may not be there.`);
    }
    if (++this.#lineBytes > MAX_LINE_BYTES) {
      throw malformed(`A chunk ${what} of the body is longer than ${MAX_LINE_BYTES} bytes.`);
    }
  }
}

function isAfterSize(byte: number): boolean {
  return byte === CR || byte === SEMICOLON || byte === SPACE || byte === HTAB;
}

function hexValue(byte: number): number {
  return byte < 0x3a ? byte - 0x30 : (byte | 0x20) - 0x57;
}

function noLineEnd(): Error {
  return malformed("A line between the chunks of the body does not end in CR LF.");
}
