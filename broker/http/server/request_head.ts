/**
 * What the head of a request means: where it goes to, how long its body is, what becomes of the connection after it.
 *
 * What must be true: there is one way to read it (RFC 9112, sections 3.2, 6 and 9.3). Two lengths of a body, two hosts, or
 * a length beside chunks are refused: whoever stands in front may have believed the other one.
 * @module
 */
import { IncomingHeaders } from "./incoming_headers.ts";
import { malformed, notImplemented, unmetExpectation } from "./refusals.ts";

/** The body comes in chunks: its length is not known. */
export const CHUNKED = -1;

/** A head as its bytes were found to be; positions are in `text`, which has one character for each byte. */
export interface HeadText {
  readonly text: string;
  readonly methodStart: number;
  readonly targetStart: number;
  readonly targetEnd: number;
  readonly minorVersion: number;
  readonly fields: readonly number[];
  readonly byteLength: number;
}

export interface RequestHead {
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /** Of HTTP/1: 0 or 1. */
  readonly minorVersion: number;
  readonly headers: IncomingHeaders;
  /** In bytes; 0 if there is no body, CHUNKED if it comes in chunks. */
  readonly bodyLength: number;
  /** The client wants to send more requests over the connection. */
  readonly keepsAlive: boolean;
  /** The client waits for a 100 before it sends the body. */
  readonly expectsContinue: boolean;
  /** How many bytes it took, empty lines before it included. */
  readonly byteLength: number;
}

/** For whoever names no host: HTTP/1.0, or an empty field. */
const NO_HOST = "localhost";

/** Throws an ApiError if it means nothing, or two things. */
export function requestHead(found: HeadText): RequestHead {
  const { text, methodStart, targetStart, targetEnd, minorVersion, fields, byteLength } = found;
  let host: string | undefined;
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  let connection = "";
  let expect: string | undefined;
  for (let i = 0; i < fields.length; i += 4) {
    const nameStart = fields[i]!;
    const nameEnd = fields[i + 1]!;
    switch (nameEnd - nameStart) {
      case 4:
        if (!isNamed(text, nameStart, "host")) break;
        if (host !== undefined) throw malformed("The request has two Host fields.");
        host = text.slice(fields[i + 2], fields[i + 3]);
        break;
      case 6:
        if (isNamed(text, nameStart, "expect")) expect = text.slice(fields[i + 2], fields[i + 3]);
        break;
      case 10:
        if (isNamed(text, nameStart, "connection")) {
          connection += `,${text.slice(fields[i + 2], fields[i + 3])}`;
        }
        break;
      case 14:
        if (isNamed(text, nameStart, "content-length")) {
          contentLength = joined(contentLength, text.slice(fields[i + 2], fields[i + 3]));
        }
        break;
      case 17:
        if (isNamed(text, nameStart, "transfer-encoding")) {
          transferEncoding = joined(transferEncoding, text.slice(fields[i + 2], fields[i + 3]));
        }
        break;
    }
  }
  return {
    method: text.slice(methodStart, targetStart - 1),
    url: urlOf(
      text.slice(targetStart, targetEnd),
      host,
      minorVersion,
      text.startsWith("OPTIONS ", methodStart),
    ),
    minorVersion,
    headers: new IncomingHeaders(text, fields),
    bodyLength: bodyLengthOf(contentLength, transferEncoding, minorVersion),
    keepsAlive: minorVersion === 1 && (connection === "" || !hasToken(connection, "close")),
    expectsContinue: expect !== undefined && minorVersion === 1 && isContinue(expect),
    byteLength,
  };
}

function isNamed(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = text.charCodeAt(start + i);
    const wanted = name.charCodeAt(i);
    if (code !== wanted && (code | 0x20) !== wanted) return false;
  }
  return true;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

function hasToken(list: string, token: string): boolean {
  return list.toLowerCase().split(",").some((one) => one.trim() === token);
}

function isContinue(expect: string): boolean {
  if (expect.toLowerCase() === "100-continue") return true;
  throw unmetExpectation(expect);
}

function bodyLengthOf(
  contentLength: string | undefined,
  transferEncoding: string | undefined,
  minorVersion: number,
): number {
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) {
      throw malformed("The request has both Content-Length and Transfer-Encoding: send one of the two.");
    }
    if (minorVersion === 0) throw malformed("HTTP/1.0 has no Transfer-Encoding: send Content-Length.");
    if (transferEncoding.toLowerCase() !== "chunked") {
      throw notImplemented(
        `"Transfer-Encoding: ${
          transferEncoding.slice(0, 50)
        }" is not known here: send chunked, alone, or Content-Length.`,
      );
    }
    return CHUNKED;
  }
  if (contentLength === undefined) return 0;
  const [first, ...others] = contentLength.split(",").map((one) => one.trim());
  if (others.some((other) => other !== first)) {
    throw malformed("The request has two different Content-Lengths.");
  }
  if (!/^[0-9]{1,15}$/.test(first!)) {
    throw malformed(`"Content-Length: ${contentLength.slice(0, 50)}" is not a number of bytes.`);
  }
  return Number(first);
}

function urlOf(target: string, host: string | undefined, minorVersion: number, isOptions: boolean): string {
  if (host === undefined && minorVersion > 0) throw malformed("The request has no Host field.");
  if (host !== undefined && !isHost(host)) throw malformed("The Host field is not HOST or HOST:PORT.");
  const path = encodeHighBytes(target);
  if (path.startsWith("/")) return `http://${host || NO_HOST}${path}`;
  // As to a proxy (RFC 9112, 3.2.2): what it names counts, not Host.
  const [, authority, rest] = /^https?:\/\/([^/?@]+)([/?].*)?$/i.exec(path) ?? [];
  if (authority !== undefined && isHost(authority)) {
    return `http://${authority}${rest?.startsWith("/") ? rest : `/${rest ?? ""}`}`;
  }
  if (path === "*" && isOptions) return `http://${host || NO_HOST}/*`;
  throw malformed("The request line has no path that begins with /.");
}

function isHost(host: string): boolean {
  return /^(?:[A-Za-z0-9._~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/.test(host);
}

/** A path in raw UTF-8, which browsers and curl let pass, as it should have come. */
function encodeHighBytes(target: string): string {
  // deno-lint-ignore no-control-regex -- the range ends where ASCII does
  if (/^[\x00-\x7f]*$/.test(target)) return target;
  return target.replaceAll(
    /[\x80-\xff]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
