/**
 * docs/metrics.md, from the table of metrics. `deno task docs` writes it; a test holds that it is current.
 * @module
 */
import { fileURLToPath } from "node:url";
import { definitions, type MetricDefinition } from "../broker/http/metrics/definitions.ts";
import { BOUNDS_SECONDS } from "../broker/metrics/histogram.ts";

export const metricsPath = fileURLToPath(new URL("../docs/metrics.md", import.meta.url));

const introduction = `# Metrics

\`GET /metrics\` tells them in Prometheus' text format. This page is made from the table in
\`broker/http/metrics/definitions.ts\` by \`deno task docs\`.

\`\`\`yaml
scrape_configs:
  - job_name: milena
    static_configs: [{ targets: ["127.0.0.1:8080"] }]
\`\`\`

[grafana/milena.json](grafana/milena.json) is a dashboard, [alerts.yml](alerts.yml) has rules to be woken by. Dashboards
made for kafka_exporter work, too: its names are here.

The broker's loop writes its numbers to shared memory at the end of each turn, and the main thread reads them: asking costs the
loop nothing. Counters begin at 0 when the broker starts, those of a topic when the topic is made. Times are in seconds, sizes in
bytes; histograms have buckets up to ${BOUNDS_SECONDS.join(", ")} s.

There is room for the rows of \`milena.max.partitions\` partitions, of \`milena.metrics.max.group.offsets\` committed offsets and as
many groups, and of 500 kinds of clients; \`milena_metrics_left_out\` says how many found none.

\`milena gateway\` tells those that are marked "both": it asks the cluster behind it, at most every 5 s.
`;

export function metricsPage(): string {
  const rows = Object.entries<MetricDefinition>(definitions).map(([name, { type, labels, help, of }]) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${of} | ${help} |`
  );
  return `${introduction}
| metric | type | labels | told by | is |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

if (import.meta.main) await Deno.writeTextFile(metricsPath, metricsPage());
