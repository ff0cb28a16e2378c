import { deepEqual, equal, ok } from "node:assert/strict";
import { definitions } from "../broker/http/metrics/definitions.ts";
import { metricsPage, metricsPath } from "./metrics_page.ts";

Deno.test("docs/metrics.md is what the table of metrics says (deno task docs writes it)", async () => {
  equal(await Deno.readTextFile(metricsPath), metricsPage());
});

for (const [file, atLeast] of [["docs/grafana/milena.json", 20], ["docs/alerts.yml", 8]] as const) {
  Deno.test(`${file} names only metrics that there are`, async () => {
    const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
    const names = new Set(text.match(/\b(?:milena|kafka|process)_\w+/g));
    ok(names.size >= atLeast, [...names].join());
    const known = new Set(
      Object.entries(definitions).flatMap(([name, { type }]) =>
        type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
      ),
    );
    deepEqual([...names].filter((name) => !known.has(name)), []);
  });
}
