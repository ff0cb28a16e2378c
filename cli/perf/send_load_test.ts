import { deepEqual, equal, ok } from "node:assert/strict";
import { Ledger } from "./ledger.ts";
import { Pace } from "./pace.ts";
import { Payload } from "./payload.ts";
import { ReadBack } from "./read_back.ts";
import { type Appender, type Load, sendLoad } from "./send_load.ts";

const RUN = 5;

/** A client and a broker in one: what is appended is there, and acknowledged when the buffer of `room` records is full. */
class TinyCluster implements Appender {
  readonly logs: Uint8Array[][];
  #waiting: number[] = [];

  constructor(readonly ledger: Ledger, readonly room = Infinity) {
    this.logs = ledger.partitions.map(() => []);
  }

  append({ partition, value }: { partition: number; value: Uint8Array }): Promise<void> | undefined {
    this.logs[partition]!.push(value.slice());
    this.#waiting.push(partition);
    if (this.#waiting.length < this.room) return undefined;
    return new Promise((resolve) =>
      setTimeout(() => {
        this.flush();
        resolve();
      }, 1)
    );
  }

  flush(): void {
    for (const partition of this.#waiting) {
      this.ledger.settle({ partition, recordCount: 1, error: undefined });
    }
    this.#waiting = [];
  }

  findings(): readonly string[] {
    const readBack = new ReadBack({ run: RUN, ledger: this.ledger });
    this.logs.forEach((log, partition) =>
      log.forEach((value, offset) => readBack.take(partition, offset, value))
    );
    return readBack.verdict().findings;
  }
}

const payload = new Payload({ kind: "text", recordBytes: 50, seed: 1 });

function load(change: Partial<Load>): Load {
  return {
    topic: "t",
    payload,
    run: RUN,
    pace: new Pace(performance.now(), 0),
    records: 1000,
    endMs: Infinity,
    recordsPerTurn: 10,
    ...change,
  };
}

Deno.test("sendLoad gives each partition a turn, and enters each record before it can be acknowledged", async () => {
  const ledger = new Ledger(3);
  const cluster = new TinyCluster(ledger, 37);
  equal(await sendLoad(cluster, load({ records: 1003 }), ledger), 1003);
  cluster.flush();
  deepEqual(ledger.partitions.map(({ sent }) => sent), [340, 333, 330]);
  deepEqual(ledger.partitions.map(({ settled }) => settled), [340, 333, 330]);
  deepEqual(cluster.findings(), []);
});

Deno.test("sendLoad counts the time from when a record was due, also while the broker stands still", async () => {
  const due: number[] = [];
  const ledger = new Ledger(2, (dueMs, count) => due.push(...Array(count).fill(dueMs)));
  const cluster = new TinyCluster(ledger, 50);
  // Half of what is due in the past can't be sent in time; its time is that of the plan all the same.
  const pace = new Pace(performance.now() - 50, 2000);
  await sendLoad(cluster, load({ pace, records: 200 }), ledger);
  cluster.flush();
  equal(due.length, 200);
  due.sort((a, b) => a - b).forEach((dueMs, index) => ok(Math.abs(dueMs - pace.dueMs(index)) < 1e-6));
  ok(performance.now() >= pace.dueMs(199));
  deepEqual(cluster.findings(), []);
});

Deno.test("sendLoad ends when the time is over, or when it is told to", async () => {
  for (const room of [Infinity, 7]) {
    for (const rate of [0, 1000]) {
      const ledger = new Ledger(2);
      const cluster = new TinyCluster(ledger, room);
      const beginMs = performance.now();
      const change = { records: Infinity, endMs: beginMs + 20, pace: new Pace(beginMs, rate) };
      const sent = await sendLoad(cluster, load(change), ledger);
      cluster.flush();
      ok(sent > 0);
      equal(ledger.partitions.reduce((sum, { sent }) => sum + sent, 0), sent);
      if (rate > 0) ok(sent <= 21, `${sent} records in 20 ms at 1000 a second`);
      deepEqual(cluster.findings(), []);
    }
  }
  const ledger = new Ledger(1);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 5);
  const sending = load({ records: Infinity, signal: controller.signal });
  ok(await sendLoad(new TinyCluster(ledger, 100), sending, ledger) > 0);
});
