/**
 * Whom the broker takes a connection for, and how long.
 *
 * A broker that knows its clients for a limited time (KIP-368) says nothing when that is over: it closes the connection on
 * the next request. So the first request that comes close to the end is held, with those behind it, until we have proved
 * again who we are; nothing of theirs may come between the steps of the proof. A connection that nobody uses need not.
 * @module
 */
import type { Api } from "../../protocol/apis.ts";
import { ConnectionError } from "../connection_error.ts";
import { HeldRequests } from "../held_requests.ts";
import { authenticate } from "./authenticate.ts";
import type { SaslMechanism } from "./sasl_mechanism.ts";

export interface SaslSessionOptions {
  readonly mechanism: SaslMechanism;
  /** The broker's address. */
  readonly peer: string;
  /** Most milliseconds for a second proof. */
  readonly timeoutMs: number;
  /** Asks at once, whatever is held. */
  ask<Body, Answer>(asked: Api<unknown, Body, Answer, never>, body: Body, timeoutMs: number): Promise<Answer>;
  /** A second proof was taken: `held` may go. */
  onRenewed(held: HeldRequests): void;
  /** It was not. */
  onRefused(error: ConnectionError): void;
}

/** The part of its time after which a session is renewed: not all clients at the same moment. */
const RENEWED_FROM = 0.85;
const RENEWED_UNTIL = 0.95;

export class SaslSession {
  readonly #options: SaslSessionOptions;
  #renewAt = Infinity;
  #held: HeldRequests | undefined;

  constructor(options: SaslSessionOptions) {
    this.#options = options;
  }

  /** Requests that are held. */
  get heldCount(): number {
    return this.#held?.requests.length ?? 0;
  }

  /** Proves who we are. Throws a ConnectionError. */
  async prove(timeoutMs: number): Promise<void> {
    const { mechanism, peer } = this.#options;
    const startedAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Who gives tokens may never answer.
    const late = new Promise<never>((_, reject) => {
      const message = `${mechanism.name} with the broker at ${peer} took more than ${
        Math.round(timeoutMs)
      } ms`;
      timer = setTimeout(() => reject(new ConnectionError("timeout", message, false)), timeoutMs);
    });
    try {
      const proof = authenticate(mechanism, peer, (asked, body) => this.#options.ask(asked, body, timeoutMs));
      const lifetimeMs = await Promise.race([proof, late]);
      if (lifetimeMs <= 0) return;
      const part = RENEWED_FROM + (RENEWED_UNTIL - RENEWED_FROM) * Math.random();
      this.#renewAt = startedAt + lifetimeMs * part;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where a request has to wait; undefined: it may be sent. */
  heldNow(): HeldRequests | undefined {
    if (this.#held === undefined && performance.now() >= this.#renewAt) {
      this.#renewAt = Infinity;
      this.#held = new HeldRequests();
      void this.#renew();
    }
    return this.#held;
  }

  /** Gives back what is held: the connection has ended. */
  end(): HeldRequests | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  async #renew(): Promise<void> {
    try {
      await this.prove(this.#options.timeoutMs);
    } catch (error) {
      return this.#options.onRefused(error as ConnectionError);
    }
    const held = this.end();
    if (held !== undefined) this.#options.onRenewed(held);
  }
}
