/**
 * The sender, as the caller's thread speaks to it.
 *
 * What must be true: a call is answered once: by what it came to, or by the end of the sender.
 * @module
 */
import type { OAuthBearerToken } from "../security/oauth_bearer.ts";
import { ProducerError, receivedError } from "./producer_error.ts";
import { openSenderLink, type SenderLink } from "./sender_link.ts";
import type { FromSender, SenderCalls, SenderOptions, ToSender } from "./sender_messages.ts";

export interface SenderClientOwner {
  /** Gives a token for a connection; null: none is needed. */
  readonly token: (() => OAuthBearerToken | Promise<OAuthBearerToken>) | null;
  onMessage(message: FromSender): void;
  onBroken(error: Error): void;
}

interface Call {
  // deno-lint-ignore no-explicit-any -- each call's own
  readonly resolve: (value: any) => void;
  readonly reject: (error: Error) => void;
}

export class SenderClient {
  readonly #owner: SenderClientOwner;
  #link: SenderLink | undefined;
  /** Told before there was a link. */
  #early: ToSender[] = [];
  readonly #calls = new Map<number, Call>();
  #nextId = 0;
  #isEnded = false;

  constructor(how: "worker" | "inline", options: SenderOptions, owner: SenderClientOwner) {
    this.#owner = owner;
    this.tell({ kind: "start", options });
    openSenderLink(how, {
      onMessage: (message) => this.#receive(message),
      onBroken: (error) => this.#break(error),
    }).then((link) => {
      this.#link = link;
      for (const message of this.#early.splice(0)) link.tell(message);
      if (this.#isEnded) link.end();
    }, (error) => this.#break(error));
  }

  tell(message: ToSender): void {
    if (this.#link === undefined) this.#early.push(message);
    else this.#link.tell(message);
  }

  /** Rejects with what the sender threw. */
  call<Method extends keyof SenderCalls>(
    method: Method,
    ...args: Parameters<SenderCalls[Method]>
  ): ReturnType<SenderCalls[Method]> {
    if (this.#isEnded) {
      const ended = new ProducerError("closed", "the producer is closed", false);
      return Promise.reject(ended) as ReturnType<SenderCalls[Method]>;
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.tell({ kind: "call", id, method, args });
    }) as ReturnType<SenderCalls[Method]>;
  }

  end(): void {
    this.#isEnded = true;
    this.#link?.end();
    this.#rejectCalls(new ProducerError("closed", "the producer was closed", false));
  }

  #receive(message: FromSender): void {
    if (message !== 0) {
      switch (message.kind) {
        case "returned":
          this.#calls.get(message.id)?.resolve(message.value);
          this.#calls.delete(message.id);
          return;
        case "threw":
          this.#calls.get(message.id)?.reject(receivedError(message.error));
          this.#calls.delete(message.id);
          return;
        case "wantsToken":
          return void this.#giveToken();
      }
    }
    this.#owner.onMessage(message);
  }

  async #giveToken(): Promise<void> {
    try {
      const token = await this.#owner.token!();
      this.tell({ kind: "token", token });
    } catch (error) {
      this.tell({ kind: "noToken", message: error instanceof Error ? error.message : String(error) });
    }
  }

  #break(error: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#rejectCalls(new ProducerError("failed", `the sender's thread has ended: ${error.message}`, false));
    this.#owner.onBroken(error);
  }

  #rejectCalls(error: Error): void {
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }
}
