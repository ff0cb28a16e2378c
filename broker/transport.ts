/**
 * Sockets and readiness as the reactor sees them. `ffi/` implements this over epoll; tests implement it in
 * memory. Types only: nothing here runs. No call here blocks, but `Poller.wait`.
 * @module
 */
import type { DiskFile } from "../storage/disk.ts";

/** What `receive`, `send` and `sendFile` return where the kernel would have to wait. */
export const WOULD_BLOCK = -1;

/** An address of a socket. `port` is 0 and `host` the path for a Unix socket. IPv6 hosts carry no brackets. */
export interface SocketAddress {
  readonly family: "ipv4" | "ipv6" | "unix";
  readonly host: string;
  readonly port: number;
}

/** Something a poller can watch. */
export interface Pollable extends Disposable {
  readonly descriptor: number;
  close(): void;
}

export interface Listener extends Pollable {
  readonly local: SocketAddress;
  /** The next waiting connection, non-blocking and with TCP_NODELAY; undefined when there is none. Throws with code "EMFILE" or "ENFILE" when descriptors have run out. */
  accept(): Socket | undefined;
}

/** A connected, non-blocking stream socket. A broken connection throws an Error with `code` ("ECONNRESET", "EPIPE", …). */
export interface Socket extends Pollable {
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  /** Bytes read into `into`, 0 when the peer has finished, or WOULD_BLOCK. */
  receive(into: Uint8Array): number;
  /** Bytes taken, or WOULD_BLOCK. `more`: further parts of the same reply follow at once (MSG_MORE). */
  send(bytes: Uint8Array, more: boolean): number;
  /** Bytes sent of the file's [position, position + length), 0 when the file ends before, or WOULD_BLOCK. */
  sendFile(file: DiskFile, position: number, length: number): number;
  /** Sends no more: the peer finds the end after what was sent. Receiving goes on. */
  finish(): void;
}

/** What a pollable is watched for, and what it was found to be; bits may be combined. Failure and hang-up are always reported, as READABLE. */
export const READABLE = 1;
export const WRITABLE = 2;

/** Level-triggered readiness of many pollables (epoll). */
export interface Poller extends Disposable {
  add(pollable: Pollable, interest: number): void;
  modify(pollable: Pollable, interest: number): void;
  /** Call before closing the pollable. */
  remove(pollable: Pollable): void;
  /** Blocks until something is ready, `wake()` or `timeoutMs` (-1: for ever). Calls `ready` for each ready pollable; returns their number. */
  wait(timeoutMs: number, ready: (pollable: Pollable, readiness: number) => void): number;
  close(): void;
}
