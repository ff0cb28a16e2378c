/**
 * The HTTP app of a gateway in this process, in front of any broker: as `milena gateway` is, without its listener.
 * @module
 */
import { equal } from "node:assert/strict";
import { createApp } from "../../broker/http/app.ts";
import { Gateway, type GatewayOptions } from "../../broker/http/gateway.ts";
import { BodyBudget } from "../../broker/http/request_body.ts";

type Address = { readonly host: string; readonly port: number };
export type Bootstrap = Address | readonly Address[];

export class GatewayApp implements Disposable {
  readonly gateway: Gateway;
  readonly logged: string[] = [];
  readonly #app: ReturnType<typeof createApp>;

  constructor(
    bootstrap: Bootstrap,
    options: Omit<GatewayOptions, "address"> = {},
  ) {
    this.gateway = new Gateway({ address: [bootstrap].flat(), ...options });
    this.#app = createApp({
      gateway: this.gateway,
      body: { maxBytes: 10_000_000, deadlineMs: 5000, budget: new BodyBudget(20_000_000) },
      nodeId: null,
      isReady: () => ({ ready: true }),
    }, (level, message) => this.logged.push(`${level} ${message}`));
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    return await this.#app.request(path, init);
  }

  /** Sends JSON, expects `status`, and returns the body that came. */
  // deno-lint-ignore no-explicit-any -- each test knows the shape that it asks for
  async ask(method: string, path: string, body?: unknown, status = 200): Promise<any> {
    const response = await this.request(path, {
      method,
      headers: { "content-type": "application/json" },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const text = await response.text();
    equal(response.status, status, `${method} ${path}: ${text} ${this.logged.join("; ")}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  [Symbol.dispose](): void {
    this.gateway.close();
  }
}
