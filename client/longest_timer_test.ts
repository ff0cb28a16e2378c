import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Alarm } from "./alarm.ts";
import { settledWithin } from "./settled_within.ts";
import { WaitingRecords } from "./producer/waiting_records.ts";
import { ProducerTopic } from "./producer/producer_topic.ts";
import { LONGEST_TIMER_MS } from "./longest_timer.ts";

/** What timers were set for while `act` ran. */
function timersOf(act: () => void): number[] {
  const { setTimeout: original } = globalThis;
  const waits: number[] = [];
  globalThis.setTimeout = ((_: () => void, ms: number) => {
    waits.push(ms);
    return 0;
  }) as unknown as typeof setTimeout;
  try {
    act();
  } finally {
    globalThis.setTimeout = original;
  }
  return waits;
}

Deno.test("a producer that may wait for years sets no timer that rings at once", () => {
  deepEqual(timersOf(() => new Alarm(() => {}).set(1e12, 0)), [LONGEST_TIMER_MS]);
  deepEqual(timersOf(() => new Alarm(() => {}).set(5, 3)), [2]);
  const waits = timersOf(() => {
    const waiting = new WaitingRecords(1e12);
    const { deadline } = waiting;
    waiting.waitForRoom(new ProducerTopic("t", 0, 1, null), {
      ...{ topic: "t", deadline, attempt: () => false, reject: () => {} },
    });
  });
  deepEqual(waits, [LONGEST_TIMER_MS]);
});

Deno.test("settledWithin waits for as long as it is told, without an end as well", async () => {
  for (const ms of [Infinity, 1e12]) {
    let isSettled = false;
    await settledWithin(
      new Promise((resolve) => setTimeout(() => resolve(void (isSettled = true)), 20)),
      ms,
    );
    ok(isSettled, `${ms}`);
  }
  await rejects(settledWithin(Promise.reject(new Error("it failed")), Infinity), /it failed/);
  let isSettled = false;
  const late = new Promise<void>((resolve) => setTimeout(() => resolve(void (isSettled = true)), 50));
  await settledWithin(late, 1);
  equal(isSettled, false);
  await late;
});
