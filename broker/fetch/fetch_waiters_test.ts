import assert from "node:assert/strict";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { Deadlines } from "../reactor/deadlines.ts";
import { FetchWaiters, type LogWatcher, type WaitingFetch } from "./fetch_waiters.ts";

/** As good as a log to those who only wait on it. */
const log = (): PartitionLog => Object.create(null);

/** A fetch that notes each look: "look" in time, "late" when its time is over. */
class Fetch implements WaitingFetch {
  readonly looks: string[] = [];
  hasEnough = false;

  readonly logs: ReadonlySet<PartitionLog>;

  constructor(logs: readonly PartitionLog[]) {
    this.logs = new Set(logs);
  }

  tryAnswer(isLate: boolean): boolean {
    this.looks.push(isLate ? "late" : "look");
    return isLate || this.hasEnough;
  }
}

/** Has `fetch` wait for its logs, until 100. */
function park(waiters: FetchWaiters, fetch: Fetch): void {
  for (const log of fetch.logs) waiters.watch(log, { onLogChange: () => waiters.markOne(fetch) });
  waiters.add(fetch, 100);
}

Deno.test("FetchWaiters has a fetch look once, however many of its logs have grown how often", () => {
  const waiters = new FetchWaiters(new Deadlines());
  const [one, two, other] = [log(), log(), log()];
  const fetch = new Fetch([one, two]);
  const bystander = new Fetch([other]);
  park(waiters, fetch);
  park(waiters, bystander);
  for (const grown of [one, two, one, log()]) waiters.mark(grown);
  assert.deepEqual(fetch.looks, []);
  waiters.answerMarked();
  waiters.answerMarked();
  assert.deepEqual(fetch.looks, ["look"]);
  assert.deepEqual(bystander.looks, []);
  assert.equal(waiters.count, 2);
});

Deno.test("FetchWaiters lets go of a fetch that has been answered, and its deadline", () => {
  const deadlines = new Deadlines();
  const waiters = new FetchWaiters(deadlines);
  const one = log();
  const fetch = new Fetch([one]);
  park(waiters, fetch);
  fetch.hasEnough = true;
  waiters.mark(one);
  waiters.answerMarked();
  assert.equal(waiters.count, 0);
  assert.equal(deadlines.nextMs(), undefined);
  waiters.mark(one);
  waiters.answerMarked();
  deadlines.runDue(1000);
  assert.deepEqual(fetch.looks, ["look"]);
});

Deno.test("FetchWaiters answers a fetch whose time is over, once, also if it was marked before", () => {
  const deadlines = new Deadlines();
  const waiters = new FetchWaiters(deadlines);
  const one = log();
  const fetch = new Fetch([one]);
  park(waiters, fetch);
  deadlines.runDue(99);
  assert.deepEqual(fetch.looks, []);
  waiters.mark(one);
  deadlines.runDue(100);
  waiters.answerMarked();
  assert.deepEqual(fetch.looks, ["late"]);
  assert.equal(waiters.count, 0);
});

Deno.test("FetchWaiters forgets a fetch whose client has gone, marked or not", () => {
  const deadlines = new Deadlines();
  const waiters = new FetchWaiters(deadlines);
  const one = log();
  const fetch = new Fetch([one]);
  park(waiters, fetch);
  waiters.mark(one);
  waiters.remove(fetch);
  waiters.remove(fetch);
  waiters.answerMarked();
  waiters.answerAll();
  deadlines.runDue(1000);
  assert.deepEqual(fetch.looks, []);
  assert.equal(waiters.count, 0);
});

Deno.test("FetchWaiters keeps several fetches on one log apart", () => {
  const waiters = new FetchWaiters(new Deadlines());
  const one = log();
  const fetches = [new Fetch([one]), new Fetch([one]), new Fetch([one])];
  for (const fetch of fetches) park(waiters, fetch);
  fetches[1]!.hasEnough = true;
  for (let turn = 0; turn < 2; turn++) {
    waiters.mark(one);
    waiters.answerMarked();
  }
  assert.deepEqual(fetches.map(({ looks }) => looks.length), [2, 1, 2]);
  assert.equal(waiters.count, 2);
});

Deno.test("FetchWaiters answers all when the broker stops, those without a log too", () => {
  const deadlines = new Deadlines();
  const waiters = new FetchWaiters(deadlines);
  const fetches = [new Fetch([]), new Fetch([log()]), new Fetch([log(), log()])];
  for (const fetch of fetches) park(waiters, fetch);
  waiters.answerAll();
  assert.deepEqual(fetches.map(({ looks }) => looks), [["late"], ["late"], ["late"]]);
  assert.equal(waiters.count, 0);
  assert.equal(deadlines.nextMs(), undefined);
});

Deno.test("FetchWaiters has a fetch look for which something else has come, unless it waits no longer", () => {
  const waiters = new FetchWaiters(new Deadlines());
  const [one, other] = [new Fetch([log()]), new Fetch([log()])];
  for (const fetch of [one, other]) park(waiters, fetch);
  waiters.remove(other);
  waiters.markOne(one);
  waiters.markOne(other);
  waiters.answerMarked();
  assert.deepEqual(one.looks, ["look"]);
  assert.deepEqual(other.looks, [], "it was answered, or its client has left");
});

Deno.test("FetchWaiters asks no fetch that the answer to another has ended", () => {
  const waiters = new FetchWaiters(new Deadlines());
  const second = new Fetch([log()]);
  const first = new Fetch([log()]);
  first.tryAnswer = () => {
    waiters.answerNow(second);
    return true;
  };
  for (const fetch of [first, second]) {
    park(waiters, fetch);
    waiters.markOne(fetch);
  }
  waiters.answerMarked();
  assert.deepEqual(second.looks, ["late"]);
  assert.equal(waiters.count, 0);
});

Deno.test("FetchWaiters tells every watcher of a log, and of no log that nobody watches any more", () => {
  const waiters = new FetchWaiters(new Deadlines());
  const told: string[] = [];
  const watcher = (name: string): LogWatcher => ({ onLogChange: () => told.push(name) });
  const [one, other] = [log(), log()];
  const [a, b] = [watcher("a"), watcher("b")];
  for (const watching of [a, b, a]) waiters.watch(one, watching);
  waiters.watch(other, a);
  waiters.mark(one);
  assert.deepEqual(told.splice(0), ["a", "b"]);
  waiters.unwatch(one, a);
  waiters.mark(one);
  waiters.mark(other);
  assert.deepEqual(told.splice(0), ["b", "a"]);
  for (const watching of [a, b]) waiters.unwatch(one, watching);
  waiters.unwatch(other, b);
  assert.equal(waiters.watchedCount, 1);
  waiters.unwatch(other, a);
  waiters.unwatch(other, a);
  assert.equal(waiters.watchedCount, 0);
});
