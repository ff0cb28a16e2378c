/**
 * A reply on its way: the place it has in its connection's order, and the parts it is made of.
 *
 * Replies leave a connection in the order its requests came (Kafka's rule), whatever order they are finished in.
 * A part is bytes or a slice of a file; only the connection decides between send and sendfile.
 * @module
 */
import type { FileSlice } from "../../storage/disk.ts";

export type ReplyPart = Uint8Array | FileSlice;

export function isFileSlice(part: ReplyPart): part is FileSlice {
  return "file" in part;
}

/** Waits in its connection's queue from the moment its request was read. */
export class PendingReply {
  /** Of the request; -1: this is the rest of an answer. */
  apiKey = -1;
  /** The request may wait for what others do, which is no measure of the broker; how long it did. */
  mayPark = false;
  parkedMs = 0;
  /** What to send; undefined until finished. An empty list sends nothing (acks=0). */
  parts: readonly ReplyPart[] | undefined;
  /** Called if the connection closes before the reply was finished: whoever waits for something may stop. */
  onAbandon: (() => void) | undefined;

  /** @param startedMs monotonic: when the request had come whole. */
  constructor(readonly startedMs = 0) {}

  /** Bytes of memory that the finished parts hold; file slices hold none. */
  heldBytes(): number {
    let bytes = 0;
    for (const part of this.parts ?? []) if (!isFileSlice(part)) bytes += part.length;
    return bytes;
  }
}

/** Lets go of the files of parts that will not be sent. */
export function releaseParts(parts: readonly ReplyPart[], from = 0): void {
  for (let i = from; i < parts.length; i++) {
    const part = parts[i]!;
    if (isFileSlice(part)) part.file.release();
  }
}
