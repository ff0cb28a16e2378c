import assert from "node:assert/strict";
import { MemoryPoller, MemorySocket } from "../../tests/support/memory_transport.ts";
import { SeededRandom } from "../../tests/support/random.ts";
import { READABLE, type Socket } from "../transport.ts";
import { Relay } from "./relay.ts";

const UNIX = { family: "unix", host: "/s", port: 0 } as const;
const SCRATCH_BYTES = 16;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (words: string) => new TextEncoder().encode(words);

class Bench {
  readonly client = new MemorySocket();
  readonly server = new MemorySocket("", 0, UNIX);
  readonly poller = new MemoryPoller(() => {});
  readonly relay: Relay;
  isDone = false;
  #isServerWatched = true;

  constructor(first = "") {
    this.poller.add(this.client, READABLE);
    this.poller.add(this.server, READABLE);
    this.relay = new Relay(this.client, this.server, bytesOf(first), {
      relayScratch: new Uint8Array(SCRATCH_BYTES),
      setRelayInterest: (socket, interest) => this.poller.modify(socket, interest),
      unwatchRelayed: (socket) => {
        this.#isServerWatched = false;
        this.poller.remove(socket);
      },
    });
    this.isDone = this.relay.carry(this.server, 0);
  }

  /** Until nothing is ready; a relay that spins fails. */
  settle(): this {
    for (let turns = 0; !this.isDone; turns++) {
      assert.ok(turns < 1000, "it goes on and on");
      const ready: [Socket, number][] = [];
      this.poller.wait(0, (pollable, readiness) => ready.push([pollable as Socket, readiness]));
      if (ready.length === 0) break;
      for (const [socket, readiness] of ready) {
        if (this.isDone || (socket === this.server && !this.#isServerWatched)) continue;
        this.isDone = this.relay.carry(socket, readiness);
      }
    }
    return this;
  }
}

Deno.test("Relay carries what has come, and bytes both ways, as they are", () => {
  const bench = new Bench("GET ");
  bench.client.clientSends(bytesOf("/a-long-path-that-is-more-than-one-scratch HTTP/1.1"));
  bench.settle();
  assert.equal(
    text(bench.server.clientReceives()),
    "GET /a-long-path-that-is-more-than-one-scratch HTTP/1.1",
  );
  bench.server.clientSends(bytesOf("HTTP/1.1 200 OK and much more than one scratch"));
  bench.settle();
  assert.equal(text(bench.client.clientReceives()), "HTTP/1.1 200 OK and much more than one scratch");
  assert.equal(bench.isDone, false);
});

Deno.test("Relay receives no more than one piece for a side that takes nothing, and does not spin", () => {
  const bench = new Bench();
  bench.client.sendCapacity = 0;
  bench.server.clientSends(new Uint8Array(1000));
  bench.settle();
  const rest = new Uint8Array(2000);
  assert.equal(bench.server.receive(rest), 1000 - SCRATCH_BYTES, "it was left in the server's socket");
  assert.equal(bench.poller.interestOf(bench.server), 0);
  bench.client.sendCapacity = Infinity;
  bench.settle();
  assert.equal(bench.client.clientReceives().length, SCRATCH_BYTES);
});

Deno.test("Relay hands each end on after all that came before it, and is done after both", () => {
  const bench = new Bench("ask");
  bench.client.clientSends(bytesOf(" more"));
  bench.client.clientFinishes();
  bench.settle();
  assert.equal(text(bench.server.clientReceives()), "ask more");
  assert.ok(bench.server.isFinished);
  assert.ok(!bench.client.isFinished && !bench.isDone);
  bench.server.clientSends(bytesOf("answer"));
  bench.server.clientFinishes();
  bench.settle();
  assert.equal(text(bench.client.clientReceives()), "answer");
  assert.ok(bench.client.isFinished && bench.isDone);
});

Deno.test("Relay gives the client what the server left when it went", () => {
  const bench = new Bench();
  bench.client.sendCapacity = 10;
  bench.server.clientSends(bytesOf("what the server said before it went, which is long"));
  bench.settle();
  bench.server.clientFinishes();
  bench.settle();
  assert.equal(bench.isDone, false);
  bench.client.sendCapacity = Infinity;
  bench.settle();
  assert.equal(text(bench.client.clientReceives()), "what the server said before it went, which is long");
  assert.ok(bench.client.isFinished);
});

Deno.test("Relay throws, or is done, when its client breaks", () => {
  const bench = new Bench();
  bench.client.clientBreaks();
  assert.throws(() => bench.settle(), { code: "ECONNRESET" });
  const unheard = new Bench();
  unheard.server.clientBreaks();
  unheard.client.clientSends(bytesOf("ask"));
  assert.throws(() => unheard.settle());
  const blocked = new Bench();
  blocked.server.sendCapacity = 0;
  blocked.client.clientSends(bytesOf("ask"));
  blocked.settle();
  blocked.client.clientBreaks();
  assert.ok(blocked.settle().isDone);
});

Deno.test("Relay carries everything in order, however sockets take and give", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed);
    const bench = new Bench();
    const sent = { client: "", server: "" };
    const got = { client: "", server: "" };
    for (let step = 0; step < 60; step++) {
      for (const side of ["client", "server"] as const) {
        const socket = bench[side];
        socket.receiveAtMost = random.below(20) + 1;
        socket.sendCapacity = random.below(30);
        if (random.below(2) === 0) {
          const words = `${step},`.repeat(random.below(20));
          sent[side] += words;
          socket.clientSends(bytesOf(words));
        }
      }
      bench.settle();
      got.client += text(bench.client.clientReceives());
      got.server += text(bench.server.clientReceives());
    }
    bench.client.sendCapacity = bench.server.sendCapacity = Infinity;
    bench.client.clientFinishes();
    bench.server.clientFinishes();
    bench.settle();
    got.client += text(bench.client.clientReceives());
    got.server += text(bench.server.clientReceives());
    assert.ok(bench.isDone, `seed ${seed}`);
    assert.deepEqual(got, { client: sent.server, server: sent.client }, `seed ${seed}`);
  }
});
