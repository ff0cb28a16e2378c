/**
 * A connected, non-blocking stream socket: the port `Socket` over recv, send and sendfile.
 *
 * MSG_NOSIGNAL keeps a send to a departed peer from raising SIGPIPE. sendfile has no such flag: there it rests on
 * the runtime ignoring SIGPIPE, which a test checks in a process of its own.
 * @module
 */
import type { Socket, SocketAddress } from "../broker/transport.ts";
import type { DiskFile } from "../storage/disk.ts";
import { CLOSED, closeDescriptor } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc, MAX_TRANSFER_BYTES } from "./libc.ts";
import { WOULD_BLOCK } from "./readiness.ts";
import { formatAddress } from "./socket_address.ts";
import { SystemError } from "./system_error.ts";

const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;
const SHUT_WR = 1;
const TWO_32 = 0x1_0000_0000;

export class NativeSocket implements Socket {
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  #descriptor: number;
  /** `off_t` for sendfile as two little-endian halves: no bigint is made for a position. */
  readonly #offset = new Uint32Array(2);

  /** Takes over `descriptor`, which is non-blocking. */
  constructor(descriptor: number, local: SocketAddress, peer: SocketAddress) {
    this.#descriptor = descriptor;
    this.local = local;
    this.peer = peer;
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  receive(into: Uint8Array): number {
    for (;;) {
      const count = libc().recv(
        this.#descriptor,
        into as Uint8Array<ArrayBuffer>,
        BigInt(Math.min(into.length, MAX_TRANSFER_BYTES)),
        0,
      );
      if (count >= 0) return count;
      if (this.#mustWait("recv")) return WOULD_BLOCK;
    }
  }

  send(bytes: Uint8Array, more: boolean): number {
    for (;;) {
      const count = libc().send(
        this.#descriptor,
        bytes as Uint8Array<ArrayBuffer>,
        BigInt(Math.min(bytes.length, MAX_TRANSFER_BYTES)),
        more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL,
      );
      if (count >= 0) return count;
      if (this.#mustWait("send")) return WOULD_BLOCK;
    }
  }

  sendFile(file: DiskFile, position: number, length: number): number {
    for (;;) {
      this.#offset[0] = position % TWO_32;
      this.#offset[1] = Math.floor(position / TWO_32);
      const count = libc().sendfile(
        this.#descriptor,
        file.descriptor,
        this.#offset,
        BigInt(Math.min(length, MAX_TRANSFER_BYTES)),
      );
      if (count >= 0) return count;
      if (this.#mustWait("sendfile", file)) return WOULD_BLOCK;
    }
  }

  finish(): void {
    if (libc().shutdown(this.#descriptor, SHUT_WR) === 0) return;
    const errno = lastErrno();
    if (errno !== Errno.ENOTCONN) throw new SystemError("shutdown", formatAddress(this.peer), errno);
  }

  close(): void {
    if (this.#descriptor === CLOSED) return;
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    closeDescriptor(descriptor, formatAddress(this.peer));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** After a failed call: true if the kernel would have to wait, false to try again; throws for any other error. */
  #mustWait(call: string, file?: DiskFile): boolean {
    const errno = lastErrno();
    if (errno === Errno.EAGAIN) return true;
    if (errno === Errno.EINTR) return false;
    const peer = formatAddress(this.peer);
    throw new SystemError(call, file === undefined ? peer : `${file.path} to ${peer}`, errno);
  }
}
