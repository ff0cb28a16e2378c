import { equal } from "node:assert/strict";
import { metricsPage, metricsPath } from "./metrics_page.ts";

Deno.test("docs/metrics.md is what the table of metrics says (deno task docs writes it)", async () => {
  equal(await Deno.readTextFile(metricsPath), metricsPage());
});
