/**
 * An eventfd: any thread of the process signals it, and a poller that watches it returns from its wait.
 *
 *     const wakeup = Wakeup.create();                 // on one thread; post `wakeup.descriptor` to the other
 *     const signaller = Wakeup.fromDescriptor(number) // there
 *
 * Each end has a descriptor of its own and closes its own: so an end that signals late writes into a counter that
 * nobody reads, never into whatever file has got the other's number since.
 * @module
 */
import { CLOEXEC, CLOSED, closeDescriptor, NONBLOCK } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { lastError, SystemError } from "./system_error.ts";

const F_DUPFD_CLOEXEC = 1030;
const COUNTER_BYTES = 8n;

export class Wakeup implements Disposable {
  #descriptor: number;
  readonly #one = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
  readonly #count = new Uint8Array(8);

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** A new one, not signalled. */
  static create(): Wakeup {
    const descriptor = libc().eventfd(0, NONBLOCK | CLOEXEC);
    if (descriptor < 0) throw lastError("eventfd");
    return new Wakeup(descriptor);
  }

  /** Another end of the one that has `descriptor` in this process and is open at this moment. */
  static fromDescriptor(descriptor: number): Wakeup {
    const duplicate = libc().fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) throw lastError("fcntl F_DUPFD_CLOEXEC", `eventfd ${descriptor}`);
    return new Wakeup(duplicate);
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  /** Many signals before one drain count as one. */
  signal(): void {
    this.#transfer("write", this.#one);
  }

  /** Takes the signals back. No error if there were none. */
  drain(): void {
    this.#transfer("read", this.#count);
  }

  close(): void {
    if (this.#descriptor === CLOSED) return;
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    closeDescriptor(descriptor, "eventfd");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #transfer(call: "read" | "write", bytes: Uint8Array<ArrayBuffer>): void {
    while (libc()[call](this.#descriptor, bytes, COUNTER_BYTES) < 0) {
      const errno = lastErrno();
      if (errno === Errno.EAGAIN) return; // nothing to drain, or signalled 2^64 times
      if (errno !== Errno.EINTR) throw new SystemError(call, "eventfd", errno);
    }
  }
}
