/**
 * Requests to the HTTP interface of a process under test, each of which must be answered with the status expected.
 * @module
 */
import { equal } from "node:assert/strict";
import type { MilenaProcess } from "./milena_process.ts";

export interface HttpAsk {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  /** Default 200. */
  readonly status?: number;
}

const POLL_MS = 50;
const POLL_WITHIN_MS = 20_000;

export class HttpClient {
  readonly #process: MilenaProcess;

  constructor(process: MilenaProcess) {
    this.#process = process;
  }

  /** What the JSON of the answer says; undefined if there is none. */
  async ask(method: string, path: string, { body, text, status = 200 }: HttpAsk = {}): Promise<unknown> {
    const response = await this.#send(method, path, body, text);
    const answer = await response.text();
    equal(response.status, status, `${method} ${path}: ${answer}`);
    return answer === "" ? undefined : JSON.parse(answer);
  }

  /** Asks until the answer has that status. */
  async until(method: string, path: string, status: number): Promise<void> {
    const deadline = performance.now() + POLL_WITHIN_MS;
    for (;;) {
      const response = await this.#send(method, path);
      const answer = await response.text();
      if (response.status === status) return;
      if (performance.now() > deadline) {
        throw new Error(`${method} ${path}: still ${response.status}: ${answer}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #send(method: string, path: string, body?: unknown, text?: string): Promise<Response> {
    const { host, port } = this.#process.http;
    return fetch(`http://${host}:${port}${path}`, {
      method,
      ...body === undefined ? {} : {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      },
      ...text === undefined ? {} : { body: text, headers: { "content-type": "application/octet-stream" } },
    });
  }
}
