/**
 * Lines of JSON in bulk, one request of many records on each connection: see ../bulk.ts, which takes more options.
 * @module
 */
import { measureBulk } from "../bulk.ts";
import { median, type Scenario, wholeFigure } from "../scenario.ts";

const CONNECTIONS = [1, 4];
const RECORDS_A_SECOND = 250_000;

export const scenario: Scenario = {
  title: "Bulk: lines of JSON with a key and a value of 100 bytes",
  async run({ milena, seconds, rounds }) {
    const rows: string[][] = [];
    for (const connections of CONNECTIONS) {
      const load = {
        ...milena.http,
        topic: `bench-bulk-${connections}`,
        connections,
        records: RECORDS_A_SECOND * seconds,
      };
      await measureBulk(load); // until the code is warm
      const runs = [];
      for (let round = 0; round < rounds; round++) runs.push(await measureBulk(load));
      rows.push([
        String(connections),
        wholeFigure(median(runs.map((run) => run.recordsPerSecond))),
        wholeFigure(median(runs.map((run) => run.bodyMegabytesPerSecond))),
        runs.map((run) => wholeFigure(run.recordsPerSecond)).join(" "),
      ]);
    }
    return {
      header: ["connections", "records/s", "body MB/s", "records/s, each run"],
      rows,
      notes: ["Records are counted when they are acknowledged."],
    };
  },
};
