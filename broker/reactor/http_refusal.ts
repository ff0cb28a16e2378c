/**
 * What somebody who speaks HTTP is told on the Kafka port when there is no HTTP server to hand the connection to.
 * @module
 */

/** Of an HTTP/1 request, or of the greeting of HTTP/2; as lengths of Kafka frames all are more than a gigabyte. */
const BEGINNINGS: ReadonlySet<string> = new Set(
  ["GET ", "HEAD", "POST", "PUT ", "DELE", "PATC", "OPTI", "TRAC", "CONN", "PRI "],
);

/** Whether the first bytes of a connection are those of HTTP. */
export function isHttp(bytes: Uint8Array, start: number): boolean {
  return BEGINNINGS.has(String.fromCharCode(...bytes.subarray(start, start + 4)));
}

/** A whole answer. `isOff`: there will be none, else not now. */
export function httpRefusal(isOff: boolean): Uint8Array {
  const body = JSON.stringify(
    isOff
      ? {
        error_code: 42101,
        message:
          "HTTP is switched off here, and this port speaks Kafka: start the broker with --http-listen.",
      }
      : {
        error_code: 50003,
        message: "The HTTP interface is not ready: come again in a second.",
      },
  );
  const status = isOff ? "421 Misdirected Request" : "503 Service Unavailable\r\nretry-after: 1";
  return new TextEncoder().encode(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length + 1}\r\n` +
      `connection: close\r\n\r\n${body}\n`,
  );
}
