import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Metrics } from "../metrics/metrics.ts";
import { MemoryListener, MemoryPoller, type MemorySocket } from "../../tests/support/memory_transport.ts";
import type { Limits } from "../config.ts";
import { type Connection, ProtocolViolation } from "./connection.ts";
import { Reactor } from "./reactor.ts";
import type { PendingReply } from "./reply.ts";

const limits: Limits = {
  requestBytes: 1_000_000,
  requestBytesInFlight: 10_000_000,
  connections: 100,
  connectionsPerAddress: 50,
  connectionIdleMs: 600_000,
  requestReadMs: 30_000,
  requestsInFlightPerConnection: 8,
  fetchBytes: 1_000_000,
  fetchSessions: 0,
  partitions: 100,
  groupOffsetMetrics: 100,
};

interface Handled {
  readonly connection: Connection;
  readonly reply: PendingReply;
  readonly body: Uint8Array;
}

/** A reactor whose handler answers each frame with the same frame, at once or when the test says so. */
class Bench {
  readonly listener = new MemoryListener();
  readonly log: string[] = [];
  readonly handled: Handled[] = [];
  readonly metrics = new Metrics();
  readonly poller: MemoryPoller;
  readonly reactor: Reactor;
  nowMs = 0;
  answersAtOnce = true;
  #stop = false;
  #steps: Iterator<void>;

  /** @param script a generator; each time nothing is ready, it is run up to its next yield. */
  constructor(script: (bench: Bench) => Generator<void>, changed: Partial<Limits> = {}) {
    this.#steps = script(this);
    this.poller = new MemoryPoller(() => {
      if (this.#steps.next().done) this.#stop = true;
    });
    this.reactor = new Reactor({
      poller: this.poller,
      clock: { now: () => this.nowMs, monotonic: () => this.nowMs },
      log: (_level, message) => this.log.push(message),
      limits: { ...limits, ...changed },
      metrics: this.metrics,
      handleFrame: (connection, bytes, start, end) => {
        const handled = { connection, reply: connection.expectReply(), body: bytes.slice(start, end) };
        if (handled.body[0] === 0xff) throw new ProtocolViolation("sent a byte 255");
        this.handled.push(handled);
        if (this.answersAtOnce) this.answer(handled);
      },
      afterRequests: () => {},
      shouldStop: () => this.#stop,
    });
    this.reactor.listen(this.listener);
  }

  run(): this {
    this.reactor.run();
    this.reactor.drain(1000);
    assert.equal(this.poller.watchedCount, 0, "something is still watched after the end");
    return this;
  }

  answer({ connection, reply, body }: Handled): void {
    connection.answer(reply, [frame(body)]);
  }
}

function frame(body: Uint8Array | number[]): Uint8Array {
  const bytes = new Uint8Array(4 + body.length);
  new DataView(bytes.buffer).setInt32(0, body.length);
  bytes.set(body, 4);
  return bytes;
}

function frames(...bodies: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(bodies.flatMap((body) => [...frame(body)]));
}

Deno.test("Reactor gives back every frame in order, wherever the stream is cut and however little the client takes", () => {
  const seed = testSeed();
  const generator = new SeededRandom(seed);
  const random = (limit: number) => generator.below(limit);
  const sent: number[] = [];
  const received: number[] = [];
  let socket!: MemorySocket;
  new Bench(function* (bench) {
    socket = bench.listener.connect();
    yield;
    for (let round = 0; round < 300; round++) {
      const bodies = Array.from({ length: random(6) }, () => {
        const length = random(10) === 0 ? random(200_000) : random(200);
        return new Uint8Array(length).fill(1 + random(200));
      });
      const bytes = frames(...bodies);
      for (const byte of bytes) sent.push(byte);
      socket.receiveAtMost = random(3) === 0 ? 1 + random(50) : Infinity;
      bench.answersAtOnce = random(2) === 0;
      // Cut anywhere, also within the length.
      const cut = random(bytes.length + 1);
      socket.clientSends(bytes.subarray(0, cut));
      socket.sendCapacity = random(2) === 0 ? random(5000) : Infinity;
      yield;
      socket.clientSends(bytes.subarray(cut));
      yield;
      // Finished in any order: they still leave in theirs.
      const open = bench.handled.filter(({ reply }) => reply.parts === undefined);
      open.sort(() => random(3) - 1).forEach((handled) => bench.answer(handled));
      socket.sendCapacity = Infinity;
      yield;
      yield;
      for (const byte of socket.clientReceives()) received.push(byte);
    }
    // Whatever is still paused by the limit of unanswered requests.
    for (let i = 0; i < 50; i++) {
      bench.answersAtOnce = true;
      for (const handled of bench.handled) if (handled.reply.parts === undefined) bench.answer(handled);
      yield;
      for (const byte of socket.clientReceives()) received.push(byte);
    }
  }).run();
  assert.equal(received.length, sent.length, `seed ${seed}`);
  assert.ok(received.every((byte, i) => byte === sent[i]), `seed ${seed}`);
});

Deno.test("Reactor answers in the order of requests though the handler finishes the last one first", () => {
  let socket!: MemorySocket;
  new Bench(function* (bench) {
    bench.answersAtOnce = false;
    socket = bench.listener.connect();
    socket.clientSends(frames([1], [2], [3]));
    yield;
    bench.answer(bench.handled[2]!);
    yield;
    assert.deepEqual(socket.clientReceives(), new Uint8Array(0));
    bench.answer(bench.handled[0]!);
    yield;
    assert.deepEqual(socket.clientReceives(), frames([1]));
    bench.answer(bench.handled[1]!);
    yield;
    assert.deepEqual(socket.clientReceives(), frames([2], [3]));
  }).run();
});

Deno.test("Reactor sends a turn's small answers to a client in one call", () => {
  new Bench(function* (bench) {
    const socket = bench.listener.connect();
    socket.clientSends(frames([1], [2], [3], [4], [5]));
    yield;
    assert.equal(socket.sendCalls, 1);
  }).run();
});

Deno.test("Reactor stops reading from a client that has too many requests unanswered, and goes on when they are", () => {
  new Bench(function* (bench) {
    bench.answersAtOnce = false;
    const socket = bench.listener.connect();
    socket.clientSends(frames(...Array.from({ length: 100 }, (_, i) => [i])));
    yield;
    assert.equal(bench.handled.length, limits.requestsInFlightPerConnection);
    assert.equal(bench.poller.interestOf(socket), 0);
    for (let answered = 0; answered < 100; answered++) {
      assert.ok(bench.handled.length - answered <= limits.requestsInFlightPerConnection);
      bench.answer(bench.handled[answered]!);
      yield;
    }
    assert.deepEqual(socket.clientReceives(), frames(...Array.from({ length: 100 }, (_, i) => [i])));
  }).run();
});

Deno.test("Reactor keeps little for a client that sends and never takes an answer", () => {
  new Bench(function* (bench) {
    const socket = bench.listener.connect();
    socket.sendCapacity = 0;
    const body = new Uint8Array(900_000).fill(7);
    for (let i = 0; i < 50; i++) {
      socket.clientSends(frame(body));
      yield;
    }
    // Every request was answered with as many bytes as it had: more than 4 MiB of answers are not gathered.
    assert.ok(bench.handled.length <= 8, `handled ${bench.handled.length}`);
    socket.sendCapacity = Infinity;
    let bytes = 0;
    for (let i = 0; i < 100; i++) {
      yield;
      bytes += socket.clientReceives().length;
    }
    assert.equal(bytes, 50 * (4 + body.length));
  }).run();
});

Deno.test("Reactor tells who speaks HTTP where there is none", () => {
  new Bench(function* (bench) {
    const client = bench.listener.connect();
    client.clientSends(new TextEncoder().encode("GET / HTTP/1.1\r\n"));
    yield;
    const answer = new TextDecoder().decode(client.clientReceives());
    assert.match(answer, /^HTTP\/1\.1 421 [^]*HTTP is switched off here/);
    assert.ok(client.isClosed);
  }).run();
});

Deno.test("Reactor refuses lying lengths and foreign protocols, and hurts nobody else", () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ["a negative size", Uint8Array.of(0x80, 0, 0, 0), /request of -2147483648 bytes; 0 to 1000000/],
    [
      "a size above the limit",
      Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
      /request of 2147483647 bytes; 0 to 1000000/,
    ],
    ["HTTP where there is none", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), /HTTP is switched off/],
    ["TLS", Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc), /TLS/],
    ["what the handler refuses", frame([0xff]), /sent a byte 255/],
  ];
  for (const [name, bytes, expected] of cases) {
    const { log } = new Bench(function* (bench) {
      const honest = bench.listener.connect("127.0.0.2");
      const hostile = bench.listener.connect("127.0.0.3", 6666);
      hostile.clientSends(bytes);
      yield;
      assert.ok(hostile.isClosed, name);
      honest.clientSends(frames([1]));
      yield;
      assert.deepEqual(honest.clientReceives(), frames([1]), name);
    }).run();
    assert.equal(log.length, 1, name);
    assert.match(log[0]!, /127\.0\.0\.3:6666/, name);
    assert.match(log[0]!, expected, name);
  }
});

Deno.test("Reactor ends a connection whose request is not finished in time, and not one that is only quiet", () => {
  const { log } = new Bench(function* (bench) {
    const slow = bench.listener.connect("127.0.0.3");
    const quiet = bench.listener.connect("127.0.0.2");
    slow.clientSends(frame([1, 2, 3]).subarray(0, 5));
    yield;
    for (let second = 0; second < 40; second++) {
      bench.nowMs += 1000;
      yield;
    }
    assert.ok(slow.isClosed);
    assert.ok(!quiet.isClosed);
    bench.nowMs += limits.connectionIdleMs;
    yield;
    assert.ok(quiet.isClosed);
  }).run();
  assert.equal(log.length, 1);
  assert.match(log[0]!, /not the rest within 30000 ms/);
});

Deno.test("Reactor lets one request at a time finish when requests fill their memory", () => {
  new Bench(function* (bench) {
    const body = new Uint8Array(60_000).fill(3);
    const bytes = frame(body);
    const sockets = Array.from({ length: 10 }, (_, i) => bench.listener.connect("127.0.0.1", 1000 + i));
    for (const socket of sockets) socket.clientSends(bytes.subarray(0, 30_000));
    yield;
    for (const socket of [...sockets].reverse()) socket.clientSends(bytes.subarray(30_000));
    for (let i = 0; i < 20; i++) yield;
    for (const socket of sockets) assert.deepEqual(socket.clientReceives(), bytes);
  }, { requestBytesInFlight: 100_000 }).run();
});

Deno.test("Reactor refuses connections beyond its limits, naming both numbers", () => {
  const { log } = new Bench(function* (bench) {
    const sockets = [1, 2, 3].map(() => bench.listener.connect("127.0.0.1"));
    sockets.push(bench.listener.connect("127.0.0.2"), bench.listener.connect("127.0.0.4"));
    yield;
    yield;
    assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [false, false, true, false, true]);
    sockets[0]!.clientFinishes();
    yield;
    const next = bench.listener.connect("127.0.0.1");
    yield;
    assert.ok(!next.isClosed);
  }, { connections: 3, connectionsPerAddress: 2 }).run();
  assert.match(log[0]!, /it has 2 open and max.connections.per.ip is 2/);
  assert.match(log[1]!, /3 are open and max.connections is 3/);
});

Deno.test("Reactor answers what it has read before it stops, and abandons nobody's wait silently", () => {
  let abandoned = 0;
  let socket!: MemorySocket;
  new Bench(function* (bench) {
    bench.answersAtOnce = false;
    socket = bench.listener.connect();
    const gone = bench.listener.connect();
    socket.clientSends(frames([1]));
    gone.clientSends(frames([2]));
    yield;
    for (const { reply } of bench.handled) reply.onAbandon = () => abandoned++;
    gone.clientBreaks();
    yield;
    assert.equal(abandoned, 1);
    bench.answer(bench.handled[0]!);
  }).run();
  assert.deepEqual(socket.clientReceives(), frames([1]));
  assert.equal(abandoned, 1);
});

Deno.test("Reactor answers what was asked properly before it gives up on a client", () => {
  for (const isHeld of [false, true]) {
    const { log } = new Bench(function* (bench) {
      const socket = bench.listener.connect();
      bench.answersAtOnce = false;
      const bytes = Uint8Array.of(...frames([1], [2], [0xff]), 0x80, 0, 0, 0);
      // Held: the garbage completes a frame that came in part before.
      const cut = isHeld ? bytes.length - 5 : bytes.length;
      socket.clientSends(bytes.subarray(0, cut));
      yield;
      socket.clientSends(bytes.subarray(cut));
      yield;
      assert.ok(!socket.isClosed);
      bench.answer(bench.handled[1]!);
      bench.answer(bench.handled[0]!);
      yield;
      assert.deepEqual(socket.clientReceives(), frames([1], [2]));
      assert.ok(socket.isClosed);
    }).run();
    assert.equal(log.length, 1);
    assert.match(log[0]!, /sent a byte 255/);
  }
});

Deno.test("Reactor closes a client that breaks while it is not read from, and does not spin on it", () => {
  new Bench(function* (bench) {
    bench.answersAtOnce = false;
    const paused = bench.listener.connect();
    const finishing = bench.listener.connect();
    paused.clientSends(frames(...Array.from({ length: 20 }, (_, i) => [i])));
    finishing.clientSends(frames([1]));
    finishing.clientFinishes();
    yield;
    assert.equal(bench.poller.interestOf(paused), 0);
    assert.equal(bench.poller.interestOf(finishing), 0);
    paused.clientBreaks();
    finishing.clientBreaks();
    yield;
    assert.ok(paused.isClosed);
    assert.ok(finishing.isClosed);
  }).run();
});

Deno.test("Reactor says little of a crowd that sends garbage, and how much it left out", () => {
  const { log } = new Bench(function* (bench) {
    for (let i = 0; i < 30; i++) bench.listener.connect().clientSends(Uint8Array.of(0x80, 0, 0, 0));
    yield;
    bench.nowMs += 2000;
    bench.listener.connect();
    yield;
  }).run();
  assert.equal(log.length, 11);
  assert.match(log[10]!, /^20 more lines/);
});

/** Three clients with large halves once stopped everybody, small requests and HTTP included, for as long as they liked. */
Deno.test("Reactor serves small requests while large halves fill the memory, and ends those that stall", () => {
  const { log } = new Bench(function* (bench) {
    const half = frame(new Uint8Array(100_000)).subarray(0, 60_000);
    const hostile = [1, 2, 3].map((port) => bench.listener.connect("127.0.0.3", port));
    for (const socket of hostile) socket.clientSends(half);
    const honest = bench.listener.connect("127.0.0.2");
    yield;
    for (let second = 0; second < 6; second++) {
      honest.clientSends(frames([second]));
      const newcomer = bench.listener.connect("127.0.0.4");
      newcomer.clientSends(frames([second]));
      yield;
      assert.deepEqual(honest.clientReceives(), frames([second]));
      assert.deepEqual(newcomer.clientReceives(), frames([second]));
      newcomer.clientFinishes();
      bench.nowMs += 1500;
      yield;
    }
    assert.ok(hostile[0]!.isClosed, "it stalled while the others waited for it");
    // What is left fits the memory again, and is measured by the time for a request.
    assert.ok(!hostile[2]!.isClosed);
    // Who goes on sending gets done.
    hostile[2]!.clientSends(frame(new Uint8Array(100_000)).subarray(60_000));
    yield;
    yield;
    assert.equal(hostile[2]!.clientReceives().length, 100_004);
  }, { requestBytesInFlight: 150_000 }).run();
  assert.match(
    log[0]!,
    /stopped sending in the middle of a request, while unfinished requests held 180000 bytes and may hold 150000/,
  );
});
