/**
 * The transport port in memory: sockets whose kernel buffers, blocking and breaking a test decides.
 * @module
 */
import {
  type Listener,
  type Pollable,
  type Poller,
  READABLE,
  type Socket,
  type SocketAddress,
  WOULD_BLOCK,
  WRITABLE,
} from "../../broker/transport.ts";
import type { DiskFile } from "../../storage/disk.ts";

let nextDescriptor = 1000;

const LOCAL: SocketAddress = { family: "ipv4", host: "127.0.0.1", port: 9092 };

class TransportError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** The broker's end of a connection, and what a test does with the client's end. */
export class MemorySocket implements Socket {
  readonly descriptor = nextDescriptor++;
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  /** Bytes the client has sent and the broker has not received. */
  #incoming = new Uint8Array(0);
  #outgoing: Uint8Array[] = [];
  #peerFinished = false;
  #broken = false;
  isClosed = false;
  /** The broker has said that it sends no more. */
  isFinished = false;
  /** Bytes the kernel still takes from the broker; Infinity: all. */
  sendCapacity = Infinity;
  /** Most bytes one receive gives: so that tests can cut anywhere. */
  receiveAtMost = Infinity;
  sendfileCalls = 0;
  sendCalls = 0;

  constructor(host = "127.0.0.1", port = 50_000, local: SocketAddress = LOCAL) {
    this.local = local;
    this.peer = local.family === "unix"
      ? { family: "unix", host: "", port: 0 }
      : { family: local.family, host, port };
  }

  /** The client sends. */
  clientSends(bytes: Uint8Array): void {
    this.#incoming = concatenated([this.#incoming, bytes]);
  }

  clientFinishes(): void {
    this.#peerFinished = true;
  }

  clientBreaks(): void {
    this.#broken = true;
  }

  /** The client takes what has arrived at its end. */
  clientReceives(): Uint8Array {
    const bytes = concatenated(this.#outgoing);
    this.#outgoing = [];
    return bytes;
  }

  /** The peer is gone: a poller reports it whether asked to or not. */
  get hasHungUp(): boolean {
    return this.#broken;
  }

  readiness(): number {
    const readable = this.#incoming.length > 0 || this.#peerFinished || this.#broken;
    return (readable ? READABLE : 0) | (this.sendCapacity > 0 ? WRITABLE : 0);
  }

  receive(into: Uint8Array): number {
    this.#mustBeOpen();
    if (this.#broken) throw new TransportError("ECONNRESET");
    if (this.#incoming.length === 0) return this.#peerFinished ? 0 : WOULD_BLOCK;
    const count = Math.min(into.length, this.#incoming.length, this.receiveAtMost);
    into.set(this.#incoming.subarray(0, count));
    this.#incoming = this.#incoming.subarray(count);
    return count;
  }

  send(bytes: Uint8Array, _more: boolean): number {
    this.sendCalls++;
    return this.#take(bytes);
  }

  sendFile(file: DiskFile, position: number, length: number): number {
    this.sendfileCalls++;
    const bytes = new Uint8Array(Math.min(length, 1 << 20));
    return this.#take(bytes.subarray(0, file.readAt(bytes, position)));
  }

  finish(): void {
    this.#mustBeOpen();
    this.isFinished = true;
  }

  close(): void {
    this.isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(bytes: Uint8Array): number {
    this.#mustBeOpen();
    if (this.#broken) throw new TransportError("EPIPE");
    if (this.sendCapacity === 0) return WOULD_BLOCK;
    const count = Math.min(bytes.length, this.sendCapacity);
    this.#outgoing.push(bytes.slice(0, count));
    this.sendCapacity -= count;
    return count;
  }

  #mustBeOpen(): void {
    if (this.isClosed) throw new Error("used after close");
  }
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

export class MemoryListener implements Listener {
  readonly descriptor = nextDescriptor++;
  readonly local: SocketAddress;
  readonly waiting: MemorySocket[] = [];
  isClosed = false;

  constructor(local: SocketAddress = LOCAL) {
    this.local = local;
  }

  connect(host?: string, port?: number): MemorySocket {
    const socket = new MemorySocket(host, port, this.local);
    this.waiting.push(socket);
    return socket;
  }

  accept(): Socket | undefined {
    return this.waiting.shift();
  }

  close(): void {
    this.isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Reports what is ready; when nothing is, asks the test what happens next. */
export class MemoryPoller implements Poller {
  readonly #interest = new Map<Pollable, number>();
  readonly #onIdle: (timeoutMs: number) => void;

  /** @param onIdle called when nothing is ready: feed sockets, move the clock, stop the loop. */
  constructor(onIdle: (timeoutMs: number) => void) {
    this.#onIdle = onIdle;
  }

  get watchedCount(): number {
    return this.#interest.size;
  }

  interestOf(pollable: Pollable): number {
    return this.#interest.get(pollable) ?? 0;
  }

  add(pollable: Pollable, interest: number): void {
    if (this.#interest.has(pollable)) throw new Error("added twice");
    this.#interest.set(pollable, interest);
  }

  modify(pollable: Pollable, interest: number): void {
    if (!this.#interest.has(pollable)) throw new Error("modified without having been added");
    this.#interest.set(pollable, interest);
  }

  remove(pollable: Pollable): void {
    if (!this.#interest.delete(pollable)) throw new Error("removed without having been added");
  }

  wait(timeoutMs: number, ready: (pollable: Pollable, readiness: number) => void): number {
    let count = 0;
    for (const [pollable, interest] of [...this.#interest]) {
      if (!this.#interest.has(pollable)) continue;
      const found = readinessOf(pollable) & interest;
      const readiness = pollable instanceof MemorySocket && pollable.hasHungUp ? found | READABLE : found;
      if (readiness !== 0) {
        count++;
        ready(pollable, readiness);
      }
    }
    if (count === 0) this.#onIdle(timeoutMs);
    return count;
  }

  close(): void {}

  [Symbol.dispose](): void {
    this.close();
  }
}

function readinessOf(pollable: Pollable): number {
  if (pollable instanceof MemorySocket) return pollable.readiness();
  return (pollable as MemoryListener).waiting.length > 0 ? READABLE : 0;
}
