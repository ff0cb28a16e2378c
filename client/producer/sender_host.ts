/**
 * What a sender is told and tells by messages, in whichever thread it is.
 * @module
 */
import { loadNativeCrc32c } from "../../protocol/crc32c.ts";
import { clusterOf } from "../config/cluster_of.ts";
import type { OAuthBearerToken } from "../security/oauth_bearer.ts";
import { ProducerError, sentError } from "./producer_error.ts";
import { Sender } from "./sender.ts";
import type { FromSender, SenderOptions, ToSender } from "./sender_messages.ts";

export class SenderHost {
  readonly #tell: (message: FromSender) => void;
  #sender: Sender | undefined;
  /** Connections that wait for a token. */
  #wantTokens: { resolve(token: OAuthBearerToken): void; reject(error: Error): void }[] = [];

  constructor(tell: (message: FromSender) => void) {
    this.#tell = tell;
  }

  receive(message: ToSender): void {
    if (message === 0) return this.#sender?.wake();
    switch (message.kind) {
      case "start":
        this.#sender = this.#start(message.options);
        return;
      case "topic":
        return this.#sender!.topic(message.name, message.isAgain);
      case "call":
        return void this.#call(message);
      case "token":
        for (const { resolve } of this.#wantTokens.splice(0)) resolve(message.token);
        return;
      case "noToken":
        for (const { reject } of this.#wantTokens.splice(0)) {
          reject(
            new ProducerError("failed", `sasl.oauthbearer.token gave no token: ${message.message}`, false),
          );
        }
        return;
    }
  }

  #start(options: SenderOptions): Sender {
    void loadNativeCrc32c();
    const token = options.hasTokens ? () => this.#askForToken() : null;
    const cluster = clusterOf({ ...options.common, "sasl.oauthbearer.token": token });
    return new Sender(options, cluster, this.#tell);
  }

  /** Only the caller's thread has the function that gives one. */
  #askForToken(): Promise<OAuthBearerToken> {
    return new Promise((resolve, reject) => {
      this.#wantTokens.push({ resolve, reject });
      if (this.#wantTokens.length === 1) this.#tell({ kind: "wantsToken" });
    });
  }

  async #call({ id, method, args }: Exclude<ToSender, 0> & { readonly kind: "call" }): Promise<void> {
    try {
      // deno-lint-ignore no-explicit-any -- both sides are held by SenderCalls
      const value: unknown = await (this.#sender as any)[method](...args);
      this.#tell({ kind: "returned", id, value });
    } catch (error) {
      this.#tell({ kind: "threw", id, error: sentError(error) });
    }
  }
}
