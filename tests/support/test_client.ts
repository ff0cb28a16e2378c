/**
 * The client's end of a connection to a broker in memory: speaks through the codecs, and holds every answer against what
 * was asked: its place in the order, its length, its header, and that its body ends where it should.
 * @module
 */
import assert from "node:assert/strict";
import type { Api } from "../../protocol/apis.ts";
import { decodeResponseHeader } from "../../protocol/header.ts";
import { Reader } from "../../protocol/primitives.ts";
import type { Uuid } from "../../protocol/uuid.ts";
import type { MemorySocket } from "./memory_transport.ts";
import { withTopicIds } from "./topic_ids.ts";
import { concat, frame, requestFrame } from "./wire.ts";

interface Unanswered {
  readonly correlationId: number;
  readonly version: number;
}

export class TestClient {
  readonly #unanswered: Unanswered[] = [];
  #arrived: Uint8Array = new Uint8Array(0);
  #nextCorrelationId = 1;
  readonly #idOf: (topic: string) => Uuid | undefined;

  /** `idOf`: ids of topics that this client knows. */
  constructor(readonly socket: MemorySocket, idOf: (topic: string) => Uuid | undefined = () => undefined) {
    this.#idOf = idOf;
  }

  /** The broker has closed the connection. */
  get isClosed(): boolean {
    return this.socket.isClosed;
  }

  send<Asked, Input, Answered, Answer>(
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
    { isAnswered = true } = {},
  ): void {
    const correlationId = this.#nextCorrelationId++;
    if (isAnswered) this.#unanswered.push({ correlationId, version });
    this.socket.clientSends(
      requestFrame(
        asked as Api<unknown, Input, unknown, never>,
        version,
        withTopicIds(asked.key, version, body, this.#idOf),
        correlationId,
      ),
    );
  }

  /** Sends a frame put together by hand. */
  sendFrame(...parts: readonly Uint8Array[]): void {
    this.socket.clientSends(frame(...parts));
  }

  /** The answer to the oldest request that has none. */
  receive<Asked, Input, Answered, Answer>(asked: Api<Asked, Input, Answered, Answer>): Answered {
    const bytes = this.receiveFrame();
    assert.ok(bytes, `${asked.name} has no answer; the connection is ${this.isClosed ? "closed" : "open"}`);
    return this.decode(asked, bytes);
  }

  /** Reads the answer to the oldest request that has none. */
  decode<Asked, Input, Answered, Answer>(
    asked: Api<Asked, Input, Answered, Answer>,
    bytes: Uint8Array,
  ): Answered {
    const { correlationId, version } = this.#unanswered.shift()!;
    const reader = new Reader(bytes);
    assert.equal(decodeResponseHeader(reader, asked.responseHeaderVersion(version)), correlationId);
    const answer = asked.response.decode(reader, version);
    assert.ok(!reader.failed, `the answer to ${asked.name} v${version} can't be read: ${reader.failure}`);
    assert.equal(reader.remaining, 0, `the answer to ${asked.name} v${version} goes on behind its end`);
    return answer;
  }

  /** Sends, lets the broker work, and receives. */
  *ask<Asked, Input, Answered, Answer>(
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
  ): Generator<void, Answered> {
    this.send(asked, version, body);
    yield;
    return this.receive(asked);
  }

  /** The next whole frame that has arrived, without its length; undefined if there is none. */
  receiveFrame(): Uint8Array | undefined {
    this.#arrived = concat(this.#arrived, this.socket.clientReceives());
    if (this.#arrived.length < 4) return undefined;
    const length = new DataView(this.#arrived.buffer).getInt32(0);
    assert.ok(length >= 4, `an answer of ${length} bytes`);
    if (this.#arrived.length < 4 + length) return undefined;
    const body = this.#arrived.slice(4, 4 + length);
    this.#arrived = this.#arrived.slice(4 + length);
    return body;
  }

  /** No byte has come. */
  hasNothing(): boolean {
    this.#arrived = concat(this.#arrived, this.socket.clientReceives());
    return this.#arrived.length === 0;
  }
}
