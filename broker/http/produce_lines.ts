/**
 * `POST /topics/{topic}` whose body is lines, a record each: written while they come, however many they are.
 *
 * What must be true: a line is written only if it came whole (its line feed, or the proper end of the body, has come); the
 * first line that can't be written ends it, and the answer tells its number and what was written by then; and while
 * the broker, or who reads the reports, is slower than the body comes, the body waits in the socket.
 * @module
 */
import { ApiError } from "./api_error.ts";
import { type BulkFailure, type BulkTarget, BulkWriter } from "./bulk_writer.ts";
import { failureOf } from "./kafka_failures.ts";
import { LineReports } from "./line_reports.ts";
import { LineSplitter } from "./line_splitter.ts";
import { type LineType, wantsLines } from "./media_types.ts";
import { PulledText } from "./pulled_text.ts";
import { lineReader } from "./record_lines.ts";
import { bodyChunks } from "./body_chunks.ts";
import type { Services } from "./route.ts";

const NO_STORE = { "cache-control": "no-store" };
/** What a line takes until its report is written, about. */
const REPORT_BYTES = 128;

/** What the lines are written with. */
interface Upload {
  readonly request: Request;
  readonly services: Services;
  readonly target: BulkTarget;
  readonly type: LineType;
  readonly writer: BulkWriter;
  /** Aborted when no more is to be read. */
  readonly stop: AbortSignal;
  readonly reports?: { readonly ordered: LineReports; readonly text: PulledText };
}

export async function produceLines(
  request: Request,
  services: Services,
  options: { readonly target: BulkTarget; readonly type: LineType },
): Promise<Response> {
  const { target } = options;
  const window = services.gateway.bulkWindows.open();
  const stop = new AbortController();
  let isHandedOn = false;
  try {
    if (wantsLines(request.headers.get("accept"))) {
      const text = new PulledText(() => stop.abort());
      const ordered = new LineReports((reports) => text.write(reports));
      const writer = await BulkWriter.open(services.gateway, target, {
        window,
        stop,
        bytesBesides: REPORT_BYTES,
        onWritten: (lines, partition, baseOffset) => ordered.written(lines, partition, baseOffset),
      });
      isHandedOn = true;
      void report(
        { request, services, ...options, writer, stop: stop.signal, reports: { ordered, text } },
        text,
      )
        .finally(() => window[Symbol.dispose]());
      return new Response(text.stream, { headers: { ...NO_STORE, "content-type": "application/x-ndjson" } });
    }
    const writer = await BulkWriter.open(services.gateway, target, { window, stop });
    const failure = await upload({ request, services, ...options, writer, stop: stop.signal });
    if (failure !== undefined) throw refusal(failure, writer, target.topic);
    return new Response(summaryOf(writer, target.topic), {
      headers: { ...NO_STORE, "content-type": "application/json", "milena-durability": writer.durability },
    });
  } finally {
    if (!isHandedOn) window[Symbol.dispose]();
  }
}

async function report(work: Upload, text: PulledText): Promise<void> {
  const { writer, target } = work;
  try {
    const failure = await upload(work);
    text.write(
      failure === undefined
        ? summaryOf(writer, target.topic)
        : refusal(failure, writer, target.topic).toJson() + "\n",
    );
    text.end();
  } catch (error) {
    text.fail(error);
  }
}

/** Resolves when nothing is on its way any more, with the first line that could not be written. Never rejects. */
async function upload(upload: Upload): Promise<BulkFailure | undefined> {
  const { request, services, type, writer, stop, reports } = upload;
  const { maxBytes, budget } = services.body;
  using splitter = new LineSplitter({
    maxBytes: Math.min(maxBytes, services.gateway.maxRecordBytes),
    budget,
  });
  const readLine = lineReader(type);
  // The line that is being read.
  let line = 1;
  let refused: BulkFailure | undefined;
  const take = (bytes: Uint8Array) => {
    const record = readLine(bytes);
    if (record === undefined) return;
    reports?.ordered.expect(line);
    writer.add(record, line);
  };
  try {
    chunks: for await (const chunk of bodyChunks(request, services.body, stop)) {
      splitter.push(chunk);
      for (let bytes = splitter.next(); bytes !== undefined; bytes = splitter.next()) {
        take(bytes);
        line = splitter.lines + 1;
        if (!writer.hasRoom) await writer.room();
        if (stop.aborted) break chunks;
      }
      if (reports !== undefined) await reports.text.room();
    }
    const last = stop.aborted ? undefined : splitter.last();
    if (last !== undefined) take(last);
  } catch (error) {
    refused = { number: line, error: error instanceof Error ? error : new Error(String(error)) };
  }
  await writer.finish();
  const failed = writer.failure;
  return failed !== undefined && (refused === undefined || failed.number < refused.number) ? failed : refused;
}

/** An error of the line, with what was written. Throws what is an error of our own. */
function refusal({ number, error }: BulkFailure, writer: BulkWriter, topic: string): ApiError {
  const details = { line: number, ...written(writer) };
  const failure = failureOf(error, topic);
  if (failure === undefined) throw error;
  return new ApiError(
    failure.status,
    failure.code,
    `Line ${number}: ${failure.message} ` + (
      details.written === 0
        ? "Nothing was written."
        : `All lines before it were written; in all, ${details.written} ` +
          (details.written === 1 ? "record is." : "records are.")
    ),
    failure.headers,
    details,
  );
}

function summaryOf(writer: BulkWriter, topic: string): string {
  return JSON.stringify({ topic, ...written(writer), durability: writer.durability }) + "\n";
}

function written(writer: BulkWriter) {
  const parts = writer.parts;
  return {
    written: parts.reduce((sum, { records }) => sum + records, 0),
    partitions: parts.map(({ partition, records, firstOffset, lastOffset }) => ({
      partition,
      records,
      first_offset: firstOffset < 0 ? null : firstOffset,
      last_offset: lastOffset < 0 ? null : lastOffset,
    })),
  };
}
