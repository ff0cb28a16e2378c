import { deepEqual, equal } from "node:assert/strict";
import { sampleOn } from "./sampler.ts";
import type { TopEvent } from "./state.ts";
import { madeUpSample } from "./testing/made_up_sample.ts";

/** Samples as `attempts` say, one after the other, until there are none left; an Error is one that fails. */
async function events(attempts: readonly (number | Error)[]): Promise<TopEvent[]> {
  const ending = new AbortController();
  const told: TopEvent[] = [];
  const left = [...attempts];
  await sampleOn(() => {
    const next = left.shift()!;
    if (left.length === 0) ending.abort();
    if (next instanceof Error) return Promise.reject(next);
    return Promise.resolve(madeUpSample({ atMs: next * 1000, topics: { orders: [{ end: next * next }] } }));
  }, { intervalMs: 0, isPaused: () => false, tell: (event) => void told.push(event), signal: ending.signal });
  return told;
}

Deno.test("sampleOn tells when it asks and what came, with rates from the second sample on", async () => {
  const told = await events([1, 2, 4]);
  deepEqual(told.map(({ kind }) => kind), ["asked", "answered", "asked", "answered", "asked", "answered"]);
  deepEqual(told.map((event) => event.kind === "answered" ? event.figures.recordsIn : "-"), [
    "-",
    undefined,
    "-",
    3,
    "-",
    6,
  ]);
});

Deno.test("sampleOn tells of a sample that failed, and reckons from the last that did not", async () => {
  const told = await events([1, new Error("the broker is away"), 3]);
  deepEqual(told.map(({ kind }) => kind), ["asked", "answered", "asked", "failed", "asked", "answered"]);
  const [, , , failed, , answered] = told;
  equal(failed?.kind === "failed" && failed.message, "the broker is away");
  equal(answered?.kind === "answered" && answered.figures.recordsIn, 4, "(9 - 1) records in 2 s");
});

Deno.test("sampleOn asks nothing while it is paused", async () => {
  const ending = new AbortController();
  let turns = 0;
  const isPaused = () => {
    if (++turns === 5) ending.abort();
    return true;
  };
  const told: TopEvent[] = [];
  const take = () => Promise.reject(new Error("it was asked"));
  await sampleOn(take, {
    intervalMs: 0,
    isPaused,
    tell: (event) => void told.push(event),
    signal: ending.signal,
  });
  deepEqual(told, []);
});
