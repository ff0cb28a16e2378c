/**
 * The real app over a real connection to a broker in memory, for tests of what is written: bodies in any chunks, and the
 * records as they lie in the broker.
 * @module
 */
import assert from "node:assert/strict";
import { decodeRecords } from "../../../protocol/records.ts";
import type { LogRecord } from "../../../protocol/records.ts";
import { TinyBroker, type TinyBrokerOptions } from "../../../tests/support/tiny_broker.ts";
import { createApp } from "../app.ts";
import { Gateway, type GatewayOptions } from "../gateway.ts";
import { BodyBudget } from "../request_body.ts";
import type { Services } from "../route.ts";

export interface Failure {
  readonly status: number;
  readonly error_code: number;
  readonly message: string;
  readonly [detail: string]: unknown;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ProduceFixture implements AsyncDisposable {
  readonly broker: TinyBroker;
  readonly gateway: Gateway;
  readonly budget = new BodyBudget(150_000);
  readonly logged: string[] = [];
  readonly #app: ReturnType<typeof createApp>;

  constructor(
    options: TinyBrokerOptions = {},
    services: Partial<Services> = {},
    gateway: Partial<GatewayOptions> = {},
  ) {
    this.broker = new TinyBroker(options);
    this.gateway = new Gateway({ address: { path: this.broker.path }, ...gateway });
    this.#app = createApp({
      gateway: this.gateway,
      body: { maxBytes: 100_000, deadlineMs: 1000, budget: this.budget },
      nodeId: 1,
      isReady: () => ({ ready: true }),
      ...services,
    }, (level, message) => this.logged.push(`${level} ${message}`));
  }

  async post(
    path: string,
    body: BodyInit | null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return await this.#app.request(path, { method: "POST", headers, body });
  }

  /** Expects 200, and an answer in JSON. */
  async written(path: string, body: BodyInit, headers?: Readonly<Record<string, string>>) {
    const response = await this.post(path, body, headers);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  }

  /** Expects an error. */
  async refused(
    path: string,
    body: BodyInit | null,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Failure> {
    const response = await this.post(path, body, headers);
    const text = await response.text();
    assert.ok(response.status >= 400, text);
    return { status: response.status, ...JSON.parse(text) };
  }

  /** What lies in a partition. */
  records(topic: string, partition = 0): LogRecord[] {
    const { batches } = this.broker.topics.get(topic)![partition]!;
    return batches.flatMap((batch) => [...decodeRecords(batch, { maxBytes: 1e9 })]);
  }

  /** The values in a partition, as text. */
  values(topic: string, partition = 0): (string | null)[] {
    return this.records(topic, partition).map(({ value }) => value && decoder.decode(value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gateway.close();
    await this.broker[Symbol.asyncDispose]();
    assert.deepEqual(this.logged.filter((line) => line.includes("of our own")), []);
  }
}

/** A body whose chunks come when they are given. */
export class ChunkedBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  isCancelled = false;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

  constructor() {
    this.stream = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      cancel: () => void (this.isCancelled = true),
    });
  }

  give(text: string): void {
    this.#controller.enqueue(encoder.encode(text));
  }

  end(): void {
    this.#controller.close();
  }

  breakOff(): void {
    this.#controller.error(new Error("connection reset"));
  }
}

/** A body of these chunks; counts how many of them were asked for. */
export function bodyOf(chunks: Iterable<Uint8Array<ArrayBuffer>>) {
  const iterator = chunks[Symbol.iterator]();
  const counted = { chunks: 0, stream: undefined as unknown as ReadableStream<Uint8Array<ArrayBuffer>> };
  counted.stream = new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done === true) return controller.close();
      counted.chunks++;
      controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
  return counted;
}

/** `bytes` in pieces of 1 to `longest` bytes. */
export function* pieces(
  bytes: Uint8Array<ArrayBuffer>,
  longest: number,
  below: (limit: number) => number,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + below(longest);
    yield bytes.slice(at, end);
    at = end;
  }
}

/** The lines of an answer, as they come. */
export async function* linesOf(response: Response): AsyncGenerator<Record<string, unknown>> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
    }
  }
  assert.equal(text, "", "the last line is whole");
}
