/**
 * A stream as the body of an answer: chunk by chunk, the next one asked for when the last one was taken.
 *
 * What must be true: the head leaves before the first chunk is there, since a live stream may have none for long; and a
 * body that is shorter or longer than its length says ends the connection.
 * @module
 */
import { latin1Into } from "./output_buffers.ts";

export interface StreamFrame {
  readonly head: string;
  /** As announced; undefined: in chunks, or to the end of the connection. */
  readonly length: number | undefined;
  readonly isChunked: boolean;
}

export interface StreamSink {
  /** Resolves when all of it was taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** The next chunk is being waited for. */
  waits(): void;
}

/** Larger ones are sent from where they are, with calls of their own for what stands around them. */
const MAX_COPIED_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const CRLF = encoder.encode("\r\n");
const LAST_CHUNK = encoder.encode("0\r\n\r\n");

/** Resolves with whether the body was as long as announced. Rejects if the stream or the sink fails. */
export async function writeStream(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { head, length, isChunked }: StreamFrame,
  sink: StreamSink,
): Promise<boolean> {
  const headBytes = new Uint8Array(head.length);
  latin1Into(head, headBytes);
  await sink.write(headBytes);
  let sent = 0;
  for (;;) {
    sink.waits();
    const { done, value } = await reader.read();
    if (done) break;
    if (value.length === 0) continue;
    sent += value.length;
    if (length !== undefined && sent > length) return false;
    if (isChunked) await writeChunk(sink, value);
    else await sink.write(value);
  }
  if (isChunked) await sink.write(LAST_CHUNK);
  return length === undefined || sent === length;
}

async function writeChunk(sink: StreamSink, data: Uint8Array): Promise<void> {
  const size = `${data.length.toString(16)}\r\n`;
  if (data.length > MAX_COPIED_BYTES) {
    await sink.write(encoder.encode(size));
    await sink.write(data);
    await sink.write(CRLF);
    return;
  }
  const chunk = new Uint8Array(size.length + data.length + CRLF.length);
  latin1Into(size, chunk);
  chunk.set(data, size.length);
  chunk.set(CRLF, size.length + data.length);
  await sink.write(chunk);
}
