/**
 * A thousand live streams of Server-Sent Events on one topic, and one producer: how long it takes from when a record is made to
 * when a stream has it.
 * @module
 */
import { openBody } from "../socket_body.ts";
import { median, type Scenario, wholeFigure } from "../scenario.ts";

const STREAMS = 1000;
const RECORDS_A_SECOND = 20;
const OPENED_AT_ONCE = 50;
const GOAL_P99_MS = 100;

interface Delays {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly events: number;
  /** Processor time of the broker by second of the run. */
  readonly cpuShare: number;
}

export const scenario: Scenario = {
  title: `Live: ${STREAMS} streams of one topic, ${RECORDS_A_SECOND} records a second`,
  async run({ milena, url, seconds, rounds }) {
    const length = Math.max(3, Math.round(seconds * 2.5));
    const topic = `${url}/topics/bench-live`;
    await (await fetch(topic, { method: "PUT" })).text();
    const before = milena.figures().residentBytes;
    const opening = performance.now();
    await using streams = await LiveStreams.open(milena.http, "/topics/bench-live/stream");
    const openedMs = performance.now() - opening;
    const produce = async (seconds: number) => {
      const count = seconds * RECORDS_A_SECOND;
      const start = performance.now();
      for (let i = 0; i < count; i++) {
        const waitMs = start + i * 1000 / RECORDS_A_SECOND - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        const response = await fetch(`${topic}/records`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ records: [{ value: { at: now() } }] }),
        });
        if (!response.ok) throw new Error(await response.text());
        await response.body?.cancel();
      }
      await streams.wait(count * STREAMS);
    };
    await produce(1);
    const runs: Delays[] = [];
    for (let round = 0; round < rounds; round++) {
      streams.forget();
      const { userSeconds, systemSeconds } = milena.figures();
      const start = performance.now();
      await produce(length);
      const after = milena.figures();
      const cpu = after.userSeconds + after.systemSeconds - userSeconds - systemSeconds;
      runs.push(delaysOf(streams.delays, cpu / (performance.now() - start) * 1000));
    }
    const grown = milena.figures().residentBytes - before;
    const p99Ms = median(runs.map((run) => run.p99Ms));
    return {
      header: ["streams", "events", "p50 ms", "p99 ms", "max ms", "broker CPUs"],
      rows: runs.map(({ events, p50Ms, p99Ms, maxMs, cpuShare }) => [
        String(STREAMS),
        wholeFigure(events),
        p50Ms.toFixed(1),
        p99Ms.toFixed(1),
        maxMs.toFixed(1),
        cpuShare.toFixed(2),
      ]),
      notes: [
        `A run has ${length} s. The streams were open after ${
          wholeFigure(openedMs)
        } ms; the broker has grown by ` +
        `${wholeFigure(grown / 1e6)} MB. The goal, p99 under ${GOAL_P99_MS} ms, is ` +
        `${p99Ms < GOAL_P99_MS ? "met" : "missed"}.`,
      ],
    };
  },
};

/** One clock for whoever writes and whoever reads. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function delaysOf(delays: readonly number[], cpuShare: number): Delays {
  const sorted = Float64Array.from(delays).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1)!, events: sorted.length, cpuShare };
}

class LiveStreams implements AsyncDisposable {
  static async open(address: { host: string; port: number }, path: string): Promise<LiveStreams> {
    const streams = new LiveStreams();
    for (let opened = 0; opened < STREAMS; opened += OPENED_AT_ONCE) {
      await Promise.all(Array.from({ length: OPENED_AT_ONCE }, async () => {
        const { socket } = await openBody({ ...address, path, accept: "text/event-stream" });
        streams.#sockets.push(socket);
        streams.#readers.push(streams.#read(socket));
      }));
    }
    return streams;
  }

  readonly #sockets: Deno.TcpConn[] = [];
  readonly #readers: Promise<void>[] = [];
  delays: number[] = [];

  forget(): void {
    this.delays = [];
  }

  async wait(count: number): Promise<void> {
    for (const deadline = performance.now() + 20_000; this.delays.length < count;) {
      if (performance.now() > deadline) throw new Error(`${this.delays.length} of ${count} events came`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #read(socket: Deno.TcpConn): Promise<void> {
    const bytes = new Uint8Array(4096);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const length = await socket.read(bytes).catch(() => null);
      if (length === null) return;
      const atMs = now();
      const events = (rest + decoder.decode(bytes.subarray(0, length))).split("\n\n");
      rest = events.pop()!;
      for (const event of events) {
        const made = /"value":\{"at":([\d.]+)\}/.exec(event)?.[1];
        if (made !== undefined) this.delays.push(atMs - Number(made));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#readers);
  }
}
