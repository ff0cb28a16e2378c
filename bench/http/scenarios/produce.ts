/**
 * One record of 100 bytes in each request (POST /topics/{topic}/records), over the HTTP port and over the Kafka port,
 * beside a hono hello-world on Deno.serve. The goal: more than half of the hello-world's requests a second.
 * @module
 */
import { schedule } from "../../../cli/perf/schedule.ts";
import { HelloProcess } from "../hello_process.ts";
import { median, type Scenario, wholeFigure } from "../scenario.ts";
import { wrk, type WrkFigures } from "../wrk.ts";

const CONNECTIONS = [1, 16, 256];
const BODY = "x".repeat(100);
const WARM_UP_SECONDS = 2;
const GOAL = 0.5;

export const scenario: Scenario = {
  title: "Produce: one record of 100 bytes a request",
  async run({ milena, url, seconds, rounds }) {
    await using hello = await HelloProcess.start();
    await (await fetch(`${url}/topics/bench-produce`, { method: "PUT" })).text();
    const targets = [
      { name: "Milena", url },
      { name: "Milena, Kafka port", url: `http://${milena.bootstrap}` },
      { name: "hono on Deno.serve", url: hello.url },
    ];
    const ask = (url: string, connections: number, seconds: number) =>
      wrk({ url: `${url}/topics/bench-produce/records`, connections, seconds, body: BODY });
    for (const target of targets) await ask(target.url, 16, WARM_UP_SECONDS);
    const rows: string[][] = [];
    const notes: string[] = [];
    for (const connections of CONNECTIONS) {
      const runs = new Map<string, WrkFigures[]>(targets.map(({ name }) => [name, []]));
      for (const target of schedule(targets, rounds)) {
        runs.get(target.name)!.push(await ask(target.url, connections, seconds));
      }
      const rate = (name: string) => median(runs.get(name)!.map((run) => run.requestsPerSecond));
      for (const [name, figures] of runs) {
        rows.push([
          String(connections),
          name,
          wholeFigure(rate(name)),
          figures.map((run) => wholeFigure(run.requestsPerSecond)).join(" "),
          median(figures.map((run) => run.p50Ms)).toFixed(2),
          median(figures.map((run) => run.p99Ms)).toFixed(2),
        ]);
      }
      const share = rate("Milena") / rate("hono on Deno.serve");
      notes.push(
        `At ${connections} connections ${
          share.toFixed(2)
        } of the hello-world; the goal, more than ${GOAL}, is ` +
          `${share > GOAL ? "met" : "missed"}.`,
      );
    }
    return { header: ["connections", "server", "requests/s", "each run", "p50 ms", "p99 ms"], rows, notes };
  },
};
