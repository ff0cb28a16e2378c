/**
 * How what a stream has to say goes over the wire: as Server-Sent Events (the HTML standard, 9.2) or as lines of JSON.
 *
 * An event's id is where the stream stands after it, so that a browser that has lost its connection goes on exactly there.
 * What is not a record has a name (`gap`, `progress`, `end`, `error`); in lines it is an object with that one member, which
 * no record has.
 * @module
 */
import type { ApiError } from "../api_error.ts";
import type { ByteWriter } from "../byte_writer.ts";
import type { Shown } from "../records_response.ts";
import type { TailRecord } from "./tail_record.ts";

export interface StreamFormat {
  readonly contentType: string;
  /** Before everything: `id` is where the stream begins. */
  begin(writer: ByteWriter, id: () => string): void;
  record(writer: ByteWriter, record: TailRecord, id: () => string): void;
  message(writer: ByteWriter, name: string, body: unknown, id: () => string): void;
  /** Keeps proxies from thinking that nobody is there, and says where the stream stands. */
  keepAlive(writer: ByteWriter, id: () => string): void;
}

/** Milliseconds that a browser waits before it connects again. */
const RETRY_MS = 1000;

export function eventStream(shown: Shown, as: string): StreamFormat {
  return {
    contentType: "text/event-stream",
    begin: (writer, id) => writer.text(`retry: ${RETRY_MS}\nid: ${id()}\n\n`),
    record(writer, record, id) {
      writer.text(`id: ${id()}\ndata: `);
      record.write(writer, shown, as);
      writer.text("\n\n");
    },
    message: (writer, name, body, id) =>
      writer.text(`event: ${name}\nid: ${id()}\ndata: ${JSON.stringify(body)}\n\n`),
    keepAlive: (writer, id) => writer.text(`: keep-alive\nid: ${id()}\n\n`),
  };
}

/** What `failure` is to somebody who gets it in the midst of a stream. */
export function shownFailure(failure: ApiError): { error_code: number; message: string } {
  return { error_code: failure.code, message: failure.message };
}

/**
 * A stream that cannot begin just now, as one that ends at once: a browser comes back after that, with the last id it had,
 * while a status other than 200 makes it give up for ever (the HTML standard, 9.2.3).
 */
export function eventsLater(failure: ApiError): string {
  return `retry: ${RETRY_MS}\nevent: error\ndata: ${JSON.stringify(shownFailure(failure))}\n\n`;
}

export function jsonLines(shown: Shown, as: string): StreamFormat {
  return {
    contentType: "application/x-ndjson",
    begin: () => {},
    record(writer, record) {
      record.write(writer, shown, as);
      writer.text("\n");
    },
    message: (writer, name, body) => writer.text(`${JSON.stringify({ [name]: body })}\n`),
    // An empty line is skipped by whoever reads lines of JSON.
    keepAlive: (writer) => writer.text("\n"),
  };
}
