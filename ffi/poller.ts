/**
 * The port `Poller` over epoll, level-triggered.
 *
 * One wait may bring events for several pollables, and handling the first may remove the second, close it, and add
 * a new one that gets the same descriptor from the kernel. So each `add` has a registration number of its own, which
 * comes back with the event; an event whose registration is gone is not for anybody.
 * @module
 */
import type { Pollable, Poller } from "../broker/transport.ts";
import { CLOEXEC, CLOSED, closeDescriptor } from "./descriptor.ts";
import { EpollEvents } from "./epoll_event.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { READABLE, WRITABLE } from "./readiness.ts";
import { lastError, SystemError } from "./system_error.ts";
import type { Wakeup } from "./wakeup.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;

const EPOLLIN = 0x001;
const EPOLLOUT = 0x004;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const EPOLLRDHUP = 0x2000;

/** Most events taken at once. What is left comes with the next wait: readiness is by level. */
const EVENTS_PER_WAIT = 256;
const MAX_TIMEOUT_MS = 0x7fff_ffff;

interface Registration {
  readonly number: number;
  readonly pollable: Pollable;
  /** As the kernel knows it; a pollable may be closed by mistake before it is removed. */
  readonly descriptor: number;
  interest: number;
}

class EpollPoller implements Poller {
  #descriptor: number;
  readonly #wakeup: Wakeup | undefined;
  readonly #events = new EpollEvents(EVENTS_PER_WAIT);
  readonly #change = new EpollEvents(1);
  readonly #byDescriptor = new Map<number, Registration>();
  readonly #byPollable = new Map<Pollable, Registration>();
  #lastNumber = 0;

  constructor(descriptor: number, wakeup: Wakeup | undefined) {
    this.#descriptor = descriptor;
    this.#wakeup = wakeup;
    if (wakeup !== undefined) this.add(wakeup, READABLE);
  }

  add(pollable: Pollable, interest: number): void {
    const registration: Registration = {
      number: this.#nextNumber(),
      pollable,
      descriptor: pollable.descriptor,
      interest,
    };
    this.#control(EPOLL_CTL_ADD, registration, interest);
    this.#byDescriptor.set(registration.descriptor, registration);
    this.#byPollable.set(pollable, registration);
  }

  modify(pollable: Pollable, interest: number): void {
    const registration = this.#registered("modify", pollable);
    if (registration.interest === interest) return;
    this.#control(EPOLL_CTL_MOD, registration, interest);
    registration.interest = interest;
  }

  remove(pollable: Pollable): void {
    const registration = this.#registered("remove", pollable);
    this.#byPollable.delete(pollable);
    // A descriptor that was closed first has left the epoll set by itself, and its number may be in use again.
    if (this.#byDescriptor.get(registration.descriptor) !== registration) return;
    this.#byDescriptor.delete(registration.descriptor);
    if (pollable.descriptor === registration.descriptor) this.#control(EPOLL_CTL_DEL, registration, 0);
  }

  wait(timeoutMs: number, ready: (pollable: Pollable, readiness: number) => void): number {
    const events = this.#events;
    const count = libc().epoll_wait(this.#descriptor, events.bytes, events.count, wholeTimeoutMs(timeoutMs));
    if (count < 0) {
      const errno = lastErrno();
      if (errno === Errno.EINTR) return 0;
      throw new SystemError("epoll_wait", undefined, errno);
    }
    let reported = 0;
    for (let index = 0; index < count; index++) {
      const registration = this.#byDescriptor.get(events.descriptor(index));
      if (registration === undefined || registration.number !== events.registration(index)) continue;
      if (registration.pollable === this.#wakeup) {
        this.#wakeup.drain();
        continue;
      }
      reported++;
      ready(registration.pollable, readinessOf(events.events(index)));
    }
    return reported;
  }

  close(): void {
    if (this.#descriptor === CLOSED) return;
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    this.#byDescriptor.clear();
    this.#byPollable.clear();
    closeDescriptor(descriptor, "epoll");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #control(operation: number, registration: Registration, interest: number): void {
    const { descriptor, number } = registration;
    this.#change.set(0, eventsOf(interest), descriptor, number);
    if (libc().epoll_ctl(this.#descriptor, operation, descriptor, this.#change.bytes) !== 0) {
      throw lastError("epoll_ctl", `descriptor ${descriptor}`);
    }
  }

  #registered(verb: string, pollable: Pollable): Registration {
    const registration = this.#byPollable.get(pollable);
    if (registration === undefined) {
      throw new Error(`${verb} descriptor ${pollable.descriptor}: this poller does not watch it`);
    }
    return registration;
  }

  /** Unique among any that are alive: 2^32 connections would have to come and go while one stays. */
  #nextNumber(): number {
    return this.#lastNumber = (this.#lastNumber + 1) >>> 0;
  }
}

/** A poller; with `wakeup`, whose `signal()` makes `wait` return. It stays the caller's to close, after the poller. */
export function createPoller(wakeup?: Wakeup): Poller {
  const descriptor = libc().epoll_create1(CLOEXEC);
  if (descriptor < 0) throw lastError("epoll_create1");
  try {
    return new EpollPoller(descriptor, wakeup);
  } catch (error) {
    closeDescriptor(descriptor, "epoll");
    throw error;
  }
}

/**
 * EPOLLRDHUP is not asked for: with READABLE it says nothing new (EPOLLIN comes too), and without, a half-closed
 * connection that is deliberately not read from would be reported for ever.
 */
function eventsOf(interest: number): number {
  return ((interest & READABLE) === 0 ? 0 : EPOLLIN) | ((interest & WRITABLE) === 0 ? 0 : EPOLLOUT);
}

function readinessOf(events: number): number {
  const readable = (events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP)) !== 0;
  return (readable ? READABLE : 0) | ((events & EPOLLOUT) === 0 ? 0 : WRITABLE);
}

/** Rounded up: a deadline half a millisecond away must not make the loop spin. */
function wholeTimeoutMs(timeoutMs: number): number {
  return timeoutMs < 0 ? -1 : Math.min(Math.ceil(timeoutMs), MAX_TIMEOUT_MS);
}
