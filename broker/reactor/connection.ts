/**
 * One client's connection: whole frames come out of it in order, and replies go back in the same order.
 *
 * Receiving. All connections of a reactor share one large scratch buffer: a connection that sends whole frames owns
 * no buffer at all, and ten thousand idle ones cost nothing. What remains of a frame after the scratch was used up is
 * held in a buffer of the frame's size, and the rest is received straight into it: at most one copy of those bytes.
 * While bytes are held, [#start, #end) of `#held` are the bytes received and not yet handled; without, #start = #end = 0.
 *
 * Sending. Every request has its {@link PendingReply} in `#replies`, in the order of the requests, before its handler
 * runs. `flush` sends finished ones from the front: bytes are gathered into few send calls, file slices go by sendfile.
 *
 * Backpressure. A connection with too many unanswered requests, or too many bytes of answers that its client does not
 * take, is not read from (`#isPaused`) until that has changed. Nor is one while the memory for requests is used up.
 * @module
 */
import { UNKNOWN_SOFTWARE } from "../metrics/client_figures.ts";
import type { Relay } from "./relay.ts";
import { isFileSlice, PendingReply, releaseParts, type ReplyPart } from "./reply.ts";
import { READABLE, type Socket, WOULD_BLOCK, WRITABLE } from "../transport.ts";
import {
  describeForeignBytes,
  type Frame,
  FRAME_LENGTH_SIZE,
  frameLength,
  FrameStatus,
  splitFrame,
} from "../../protocol/frame.ts";

/** What a connection needs of its reactor. */
export interface ConnectionHost {
  /** Shared by all connections, within one call only. */
  readonly receiveScratch: Uint8Array;
  readonly sendScratch: Uint8Array;
  readonly maxFrameBytes: number;
  readonly maxPendingReplies: number;
  readonly nowMs: number;
  /** A whole frame, without its length; the bytes are only valid during the call. Throws {@link ProtocolViolation} to close the connection. */
  handleFrame(connection: Connection, bytes: Uint8Array, start: number, end: number): void;
  /** `flush` is to be called at the end of this turn. */
  scheduleFlush(connection: Connection): void;
  setInterest(connection: Connection, interest: number): void;
  takeBuffer(length: number): Uint8Array;
  giveBuffer(buffer: Uint8Array): void;
  /** May this connection receive now, given what all hold of unfinished requests? If not, the host calls `resume` later. */
  mayReceive(connection: Connection): boolean;
  /** The connection holds this many received bytes of unfinished frames from now on. */
  setHeldBytes(connection: Connection, bytes: number): void;
  /**
   * The first bytes of a new connection are no frame. If they are HTTP, the connection is somebody else's to serve from now
   * on, or answered and finished: true.
   */
  takeHttp(connection: Connection, bytes: Uint8Array, start: number, end: number): boolean;
  countReceived(bytes: number): void;
  countSent(bytes: number, bySendfile: number): void;
  /** All of `reply` is with the socket, or will be at the end of this flush. */
  replied(reply: PendingReply): void;
  closed(connection: Connection, reason: string | undefined): void;
}

/** A client broke the protocol: its connection is closed, with this sentence in the log unless it is empty. Others are not touched. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

/** Bytes of finished answers that may wait in memory for a client to take them, before it is not read from any more. */
const MAX_WAITING_REPLY_BYTES = 4 * 1024 * 1024;
/** Most bytes one connection sends by sendfile in one turn, so that a fast reader does not starve the others. */
const MAX_SENDFILE_BYTES_PER_TURN = 8 * 1024 * 1024;
/** Up to here a part is copied to be sent together with its neighbours; larger ones are sent from where they are. */
const MAX_GATHERED_PART_BYTES = 16 * 1024;

export class Connection {
  /** When bytes last came or went. */
  lastActiveMs: number;
  /** When the first byte of the frame that is not complete yet came; undefined between frames. */
  frameStartedMs: number | undefined;
  /** What the client calls itself (KIP-511). */
  software = UNKNOWN_SOFTWARE;
  /** True until the first whole frame: what a stranger sends is looked at more closely. */
  isNew = true;
  /** Set once HTTP came of it: then the relay reads and writes its socket, and nothing here does. */
  relay: Relay | undefined;

  readonly #host: ConnectionHost;
  #held: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  /** Where the first held frame will be complete; `#end < #heldUntil` unless the connection is paused. */
  #heldUntil = 0;

  readonly #replies: PendingReply[] = [];
  /** Bytes already taken from the front reply's part `#partIndex`. */
  #partIndex = 0;
  #partOffset = 0;
  #waitingReplyBytes = 0;

  #interest = READABLE;
  #isPaused = false;
  #isWriteBlocked = false;
  #isClosed = false;
  /** The peer will send no more, or is not to be listened to any more: answer what is pending, then close. */
  #isFinishing = false;
  #finishReason: string | undefined;
  isFlushScheduled = false;

  constructor(readonly id: number, readonly socket: Socket, host: ConnectionHost) {
    this.#host = host;
    this.lastActiveMs = host.nowMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** It is not read from, because it is owed too much. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** For log lines; "": it has not told. */
  get clientSoftware(): string {
    return this.software === UNKNOWN_SOFTWARE ? "" : `${this.software.name} ${this.software.version}`;
  }

  get pendingReplyCount(): number {
    return this.#replies.length;
  }

  /** For log lines: who is there. */
  get name(): string {
    const { host, port, family } = this.socket.peer;
    const from = family === "unix"
      ? "the HTTP gateway"
      : family === "ipv6"
      ? `[${host}]:${port}`
      : `${host}:${port}`;
    return this.clientSoftware === "" ? from : `${from} (${this.clientSoftware})`;
  }

  /** The socket has bytes, or has ended. Receives the rest of a held frame, then once more, so that all get their turn. */
  onReadable(): void {
    if (this.#isClosed) return;
    // Nobody asked for it: the peer has hung up, which is reported always, and again and again.
    if ((this.#interest & READABLE) === 0) return this.close(this.#finishReason);
    try {
      if (this.#held !== undefined && this.#mayRead()) this.#receiveHeld();
      if (this.#held === undefined && this.#mayRead()) this.#receiveFrames();
    } catch (error) {
      return this.close(brokenConnection(error));
    }
    this.#updateInterest();
  }

  onWritable(): void {
    this.#isWriteBlocked = false;
    this.flush();
  }

  /** Goes on after a pause, or after memory for requests has become free. */
  resume(): void {
    if (this.#isClosed) return;
    try {
      if (this.#held !== undefined) this.#handleHeld();
    } catch (error) {
      return this.close(brokenConnection(error));
    }
    this.#updateInterest();
  }

  /** Takes the next place in the order of replies. The handler finishes it, now or later, by {@link answer}. */
  expectReply(): PendingReply {
    const reply = new PendingReply(this.#host.nowMs);
    this.#replies.push(reply);
    return reply;
  }

  /** Finishes a reply. It is sent when all before it have been. */
  answer(reply: PendingReply, parts: readonly ReplyPart[]): void {
    if (this.#isClosed) return releaseParts(parts);
    reply.parts = parts;
    reply.onAbandon = undefined;
    if (reply.mayPark) reply.parkedMs = this.#host.nowMs - reply.startedMs;
    this.#waitingReplyBytes += reply.heldBytes();
    this.#host.scheduleFlush(this);
  }

  /** Sends what is finished, in order, as far as the client takes it. */
  flush(): void {
    if (this.#isClosed || this.#isWriteBlocked) return;
    try {
      this.#sendFinished();
    } catch (error) {
      return this.close(brokenConnection(error));
    }
    if (this.#isFinishing && this.#replies.length === 0) return this.close(this.#finishReason);
    if (this.#isPaused && !this.#mustPause()) {
      this.#isPaused = false;
      this.resume();
    }
    this.#updateInterest();
  }

  /** Reads no more; closes once every request that was read has its answer. */
  finish(reason?: string): void {
    if (this.#replies.length === 0) return this.close(reason);
    this.#isFinishing = true;
    this.#finishReason ??= reason;
    this.#dropHeld();
    this.#updateInterest();
  }

  close(reason: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#dropHeld();
    this.#replies.forEach((reply, index) => {
      if (reply.parts === undefined) reply.onAbandon?.();
      else releaseParts(reply.parts, index === 0 ? this.#partIndex : 0);
    });
    this.#replies.length = 0;
    this.#host.closed(this, reason);
    this.socket.close();
  }

  #mayRead(): boolean {
    return !this.#isClosed && !this.#isPaused && !this.#isFinishing && this.#host.mayReceive(this);
  }

  #receiveHeld(): void {
    const received = this.#receive(this.#held!.subarray(this.#end, this.#heldUntil));
    if (received <= 0) return;
    this.#end += received;
    this.#handleHeld();
  }

  #receiveFrames(): void {
    const scratch = this.#host.receiveScratch;
    const received = this.#receive(scratch);
    if (received <= 0) return;
    const start = this.#handleFrames(scratch, 0, received);
    if (start < received && !this.#isClosed) this.#hold(scratch, start, received);
  }

  #receive(into: Uint8Array): number {
    const received = this.socket.receive(into);
    if (received === 0) this.finish();
    if (received > 0) {
      this.lastActiveMs = this.#host.nowMs;
      this.#host.countReceived(received);
    }
    return received;
  }

  /** Handles the whole frames in [start, end) and returns where the unfinished rest begins. */
  #handleFrames(bytes: Uint8Array, start: number, end: number): number {
    const frame: Frame = { status: FrameStatus.incomplete, bodyStart: 0, bodyEnd: 0, missingBytes: 0 };
    while (start < end && !this.#isClosed) {
      if (this.#mustPause()) {
        this.#isPaused = true;
        break;
      }
      splitFrame(bytes, start, end, this.#host.maxFrameBytes, frame);
      if (frame.status === FrameStatus.incomplete) break;
      if (frame.status === FrameStatus.refused) {
        if (this.isNew && this.#host.takeHttp(this, bytes, start, end)) return end;
        this.finish(this.#refusal(bytes, start, end));
        return end;
      }
      this.isNew = false;
      const repliesBefore = this.#replies.length;
      try {
        this.#host.handleFrame(this, bytes, frame.bodyStart, frame.bodyEnd);
      } catch (error) {
        if (!(error instanceof ProtocolViolation)) throw error;
        // What was asked properly before is still answered.
        for (const reply of this.#replies.splice(repliesBefore)) reply.onAbandon?.();
        this.finish(error.message === "" ? undefined : error.message);
        return end;
      }
      start = frame.bodyEnd;
    }
    return start;
  }

  #refusal(bytes: Uint8Array, start: number, end: number): string {
    const foreign = this.isNew ? describeForeignBytes(bytes.subarray(start, end)) : undefined;
    if (foreign !== undefined) return foreign;
    const size = frameLength(bytes, start);
    return `announced a request of ${size} bytes; 0 to ${this.#host.maxFrameBytes} (socket.request.max.bytes) are taken`;
  }

  #handleHeld(): void {
    const held = this.#held!;
    const start = this.#handleFrames(held, this.#start, this.#end);
    // Given up: the connection is closed, or nothing more is read from it.
    if (this.#held === undefined) return;
    if (start === this.#end) return this.#dropHeld();
    this.#hold(held, start, this.#end);
  }

  /** Keeps [start, end) of `bytes` until more has come or the pause is over. */
  #hold(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const wanted = Math.max(length, this.#frameBytes(bytes, start, end));
    const previous = this.#held;
    if (previous !== undefined && previous.length - start >= wanted) {
      this.#start = start;
      this.#end = end;
    } else {
      const buffer = this.#host.takeBuffer(wanted);
      buffer.set(bytes.subarray(start, end));
      if (previous !== undefined) this.#host.giveBuffer(previous);
      this.#held = buffer;
      this.#start = 0;
      this.#end = length;
    }
    this.#heldUntil = this.#start + wanted;
    // While it is paused its client can't send the rest: the time for that begins when it is read from again.
    this.frameStartedMs = this.#isPaused ? undefined : this.frameStartedMs ?? this.#host.nowMs;
    this.#host.setHeldBytes(this, length);
  }

  /** Bytes of the frame that begins at `start`, its length included, as far as that is known. */
  #frameBytes(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < FRAME_LENGTH_SIZE) return FRAME_LENGTH_SIZE;
    const size = frameLength(bytes, start);
    return size < 0 || size > this.#host.maxFrameBytes ? FRAME_LENGTH_SIZE : FRAME_LENGTH_SIZE + size;
  }

  #dropHeld(): void {
    if (this.#held === undefined) return;
    this.#host.giveBuffer(this.#held);
    this.#held = undefined;
    this.#start = this.#end = 0;
    this.frameStartedMs = undefined;
    this.#host.setHeldBytes(this, 0);
  }

  #mustPause(): boolean {
    return this.#replies.length >= this.#host.maxPendingReplies ||
      this.#waitingReplyBytes > MAX_WAITING_REPLY_BYTES;
  }

  #updateInterest(): void {
    if (this.#isClosed || this.relay !== undefined) return;
    const interest = (this.#mayRead() ? READABLE : 0) | (this.#isWriteBlocked ? WRITABLE : 0);
    if (interest === this.#interest) return;
    this.#interest = interest;
    this.#host.setInterest(this, interest);
  }

  #sendFinished(): void {
    const scratch = this.#host.sendScratch;
    let gathered = 0;
    let sendfileBytes = 0;
    while (this.#replies.length > 0 && !this.#isWriteBlocked) {
      const parts = this.#replies[0]!.parts;
      if (parts === undefined) break;
      while (this.#partIndex < parts.length && !this.#isWriteBlocked) {
        const part = parts[this.#partIndex]!;
        const remaining = part.length - this.#partOffset;
        if (isFileSlice(part)) {
          gathered = this.#sendBytes(scratch, gathered, true);
          if (this.#isWriteBlocked) break;
          const sent = this.socket.sendFile(part.file, part.position + this.#partOffset, remaining);
          if (sent === WOULD_BLOCK) {
            this.#isWriteBlocked = true;
            break;
          }
          if (sent === 0 && remaining > 0) {
            throw new Error(`${part.file.path} ended before the bytes promised to the client`);
          }
          this.#countSent(sent, sent);
          this.#partOffset += sent;
          sendfileBytes += sent;
          if (this.#partOffset < part.length) {
            if (sendfileBytes < MAX_SENDFILE_BYTES_PER_TURN) continue;
            // Others' turn. The socket is writable still, so the poller calls again at once.
            this.#isWriteBlocked = true;
            break;
          }
          part.file.release();
        } else if (remaining <= MAX_GATHERED_PART_BYTES) {
          if (gathered + remaining > scratch.length) gathered = this.#sendBytes(scratch, gathered, true);
          if (this.#isWriteBlocked) break;
          scratch.set(this.#partOffset === 0 ? part : part.subarray(this.#partOffset), gathered);
          gathered += remaining;
        } else {
          gathered = this.#sendBytes(scratch, gathered, true);
          if (this.#isWriteBlocked) break;
          const sent = this.socket.send(
            this.#partOffset === 0 ? part : part.subarray(this.#partOffset),
            false,
          );
          if (sent === WOULD_BLOCK) {
            this.#isWriteBlocked = true;
            break;
          }
          this.#countSent(sent, 0);
          this.#partOffset += sent;
          if (this.#partOffset < part.length) continue;
        }
        this.#partIndex++;
        this.#partOffset = 0;
      }
      if (this.#partIndex < parts.length) break;
      const reply = this.#replies.shift()!;
      this.#waitingReplyBytes -= reply.heldBytes();
      this.#host.replied(reply);
      this.#partIndex = 0;
    }
    this.#sendBytes(scratch, gathered, false);
  }

  /**
   * Sends what was gathered and returns 0, the new count of gathered bytes. What the socket does not take goes back
   * in front of the queue as a reply of its own, since the parts it came from have been counted as sent.
   */
  #sendBytes(scratch: Uint8Array, length: number, more: boolean): number {
    let sent = 0;
    while (sent < length) {
      const taken = this.socket.send(scratch.subarray(sent, length), more);
      if (taken === WOULD_BLOCK) {
        this.#isWriteBlocked = true;
        this.#putBack(scratch.slice(sent, length));
        break;
      }
      this.#countSent(taken, 0);
      sent += taken;
    }
    return 0;
  }

  #countSent(bytes: number, bySendfile: number): void {
    this.lastActiveMs = this.#host.nowMs;
    this.#host.countSent(bytes, bySendfile);
  }

  #putBack(bytes: Uint8Array): void {
    const front = this.#replies[0];
    const rest = new PendingReply();
    if (front?.parts !== undefined && (this.#partIndex > 0 || this.#partOffset > 0)) {
      // The front reply is partly sent: its remaining parts follow the bytes that were put back.
      const remaining = front.parts.slice(this.#partIndex);
      const first = remaining[0];
      if (first !== undefined && this.#partOffset > 0) {
        remaining[0] = isFileSlice(first)
          ? {
            file: first.file,
            position: first.position + this.#partOffset,
            length: first.length - this.#partOffset,
          }
          : first.subarray(this.#partOffset);
      }
      this.#waitingReplyBytes -= front.heldBytes();
      front.parts = remaining;
      this.#waitingReplyBytes += front.heldBytes();
    }
    rest.parts = [bytes];
    this.#waitingReplyBytes += bytes.length;
    this.#replies.unshift(rest);
    this.#partIndex = 0;
    this.#partOffset = 0;
  }
}

function brokenConnection(error: unknown): string | undefined {
  const code = (error as { code?: string }).code;
  // A client that goes away is no news.
  if (code === "ECONNRESET" || code === "EPIPE" || code === "ETIMEDOUT") return undefined;
  return error instanceof Error ? error.message : String(error);
}
