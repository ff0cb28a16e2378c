/**
 * The head of an answer as text, and small answers as bytes.
 *
 * What must be true: a field's value cannot end its line, whoever wrote it; and one character is one byte.
 * @module
 */
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  207: "Multi-Status",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

export interface AnswerHead {
  readonly status: number;
  readonly fields: Iterable<readonly [string, string]>;
  /** In bytes; undefined: the body goes in chunks, or to the end of the connection; null: there is nothing to say of one. */
  readonly length: number | undefined | null;
  readonly isChunked: boolean;
  readonly keepsAlive: boolean;
}

let dateSecond = -1;
let dateLine = "";

/** "date: …", made once a second. */
function currentDateLine(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `date: ${new Date(now).toUTCString()}\r\n`;
  }
  return dateLine;
}

/** Fields that say how the body is framed and what becomes of the connection are the server's own. */
export function answerHead({ status, fields, length, isChunked, keepsAlive }: AnswerHead): string {
  let text = status === 200 ? "HTTP/1.1 200 OK\r\n" : `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n`;
  for (const [name, value] of fields) {
    if (name === "content-length" || name === "transfer-encoding" || name === "connection") continue;
    if (!isFieldValue(value)) throw new TypeError(`The value of the header field ${name} cannot be sent.`);
    text += `${name}: ${value}\r\n`;
  }
  if (length !== undefined && length !== null) text += `content-length: ${length}\r\n`;
  if (isChunked) text += "transfer-encoding: chunked\r\n";
  if (!keepsAlive) text += "connection: close\r\n";
  return `${text}${currentDateLine()}\r\n`;
}

function isFieldValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}
