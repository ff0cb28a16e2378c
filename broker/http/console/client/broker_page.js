/**
 * What the broker does and how it is: rates, latencies, clients, memory, disk.
 *
 * Behind a gateway the broker's own figures are missing: then only what is told is shown.
 * @module
 */
import { listBrokers } from "./api.js";
import { bars, LineChart } from "./chart.js";
import { emptyState } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { bytes, bytesPerSecond, count, percent, perSecond, seconds, short } from "./format.js";
import { quantile } from "./metrics_history.js";
import { refresh } from "./refresh.js";
import { Table } from "./table.js";

/** @typedef {import("./metrics_history.js").MetricsHistory} MetricsHistory */
/** @typedef {import("./chart.js").Line} Line */

const LATENCY = "milena_request_duration_seconds_bucket";
const FDATASYNC = "milena_fdatasync_duration_seconds_bucket";
const LOOP = "milena_loop_lag_seconds_bucket";
const REFRESH_MS = 30_000;

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} needs the family without which it is left out
 * @property {(value: number) => string} format
 * @property {boolean} [isInteger]
 * @property {boolean} [isBytes]
 * @property {(metrics: MetricsHistory) => Line[]} lines
 */

/** @type {readonly Panel[]} */
const panels = [
  {
    title: "Bytes",
    needs: "milena_topic_produced_bytes_total",
    format: bytesPerSecond,
    isBytes: true,
    lines: (metrics) => [
      { name: "in", points: metrics.rates("milena_topic_produced_bytes_total") },
      { name: "out", points: metrics.rates("milena_topic_fetched_bytes_total") },
    ],
  },
  {
    title: "Records written",
    needs: "kafka_topic_partition_current_offset",
    format: perSecond,
    lines: (metrics) => [{
      name: "written",
      points: metrics.rates(
        metrics.has("milena_topic_produced_records_total")
          ? "milena_topic_produced_records_total"
          : "kafka_topic_partition_current_offset",
      ),
    }],
  },
  {
    title: "Requests",
    needs: "milena_requests_total",
    format: perSecond,
    lines: (metrics) =>
      busiest(metrics, 5).map((api) => ({
        name: api,
        points: metrics.rates("milena_requests_total", { api }),
      })),
  },
  {
    title: "Produce, time to answer",
    needs: LATENCY,
    format: seconds,
    lines: (metrics) => quantilesOf(metrics, LATENCY, { api: "Produce" }),
  },
  {
    title: "fdatasync",
    needs: FDATASYNC,
    format: seconds,
    lines: (metrics) => quantilesOf(metrics, FDATASYNC),
  },
  {
    title: "Written, not on disk yet",
    needs: "milena_unflushed_bytes",
    format: bytes,
    isBytes: true,
    lines: (metrics) => [{ name: "bytes", points: metrics.values("milena_unflushed_bytes") }],
  },
  {
    title: "Connections",
    needs: "milena_connections",
    format: count,
    isInteger: true,
    lines: (metrics) => [{ name: "connections", points: metrics.values("milena_connections") }],
  },
  {
    title: "Memory",
    needs: "process_resident_memory_bytes",
    format: bytes,
    isBytes: true,
    lines: (metrics) => [{ name: "resident", points: metrics.values("process_resident_memory_bytes") }],
  },
  {
    title: "Processor",
    needs: "process_cpu_seconds_total",
    format: percent,
    lines: (metrics) => [{ name: "of one core", points: metrics.rates("process_cpu_seconds_total") }],
  },
  { title: "Loop lag", needs: LOOP, format: seconds, lines: (metrics) => quantilesOf(metrics, LOOP) },
  {
    title: "Reads that missed the page cache",
    needs: "milena_page_cache_misses_total",
    format: perSecond,
    lines: (metrics) => [{ name: "misses", points: metrics.rates("milena_page_cache_misses_total") }],
  },
  {
    title: "Free on disk",
    needs: "milena_disk_free_bytes",
    format: bytes,
    isBytes: true,
    lines: (metrics) => [{ name: "free", points: metrics.values("milena_disk_free_bytes") }],
  },
];

/**
 * @param {MetricsHistory} metrics
 * @returns {import("./app.js").Page}
 */
export function brokerPage(metrics) {
  const facts = h("p", { class: "facts" });
  const charts = h("div", { class: "charts" });
  const apis = apiTable();
  const clients = clientTable();
  const tables = h("div", { class: "tables" });
  const problem = h("div");
  /** @type {Map<Panel, LineChart>} */
  const drawn = new Map();

  function draw() {
    const told = panels.filter(({ needs }) => metrics.has(needs));
    if (told.length !== drawn.size) {
      drawn.clear();
      for (const panel of told) drawn.set(panel, new LineChart(panel));
      fill(charts, ...[...drawn.values()].map(({ element }) => element));
    }
    for (const [panel, chart] of drawn) chart.update(panel.lines(metrics));
    const rowsOfApis = apisOf(metrics);
    const rowsOfClients = clientsOf(metrics);
    apis.update(rowsOfApis);
    clients.update(rowsOfClients);
    fill(
      tables,
      rowsOfApis.length > 0 && h("div", {}, h("h2", {}, "Requests in the last ten minutes"), apis.element),
      rowsOfClients.length > 0 && h("div", {}, h("h2", {}, "Clients"), clients.element),
    );
    if (told.length === 0 && metrics.failure !== undefined) {
      fill(problem, emptyState("No figures", h("p", {}, metrics.failure.message)));
    } else fill(problem);
  }

  /** @type {(() => void)[]} */
  const ends = [];
  return {
    title: "Broker",
    element: h(
      "section",
      {},
      h("div", { class: "bar" }, h("h1", {}, "Broker")),
      facts,
      problem,
      charts,
      tables,
    ),
    begin() {
      draw();
      metrics.addEventListener("change", draw);
      const asking = refresh(REFRESH_MS, async () => {
        const brokers = await listBrokers().catch(() => []);
        fill(facts, ...brokers.map(({ id, host, port }) => h("span", {}, `broker ${id} at ${host}:${port}`)));
      });
      ends.push(asking.end, () => metrics.removeEventListener("change", draw));
    },
    end: () => ends.forEach((end) => end()),
  };
}

/**
 * @typedef {object} ApiRow
 * @property {string} api
 * @property {number | undefined} rate
 * @property {import("./metrics_history.js").Bucket[]} buckets
 */

/** @param {MetricsHistory} metrics @returns {ApiRow[]} */
function apisOf(metrics) {
  const rows = metrics.series("milena_requests_total").map(({ labels: { api = "" } }) => ({
    api,
    rate: metrics.rate("milena_requests_total", { api }),
    buckets: metrics.buckets(LATENCY, { api }),
  }));
  return rows.filter(({ buckets }) => totalOf(buckets) > 0).sort((a, b) =>
    totalOf(b.buckets) - totalOf(a.buckets)
  );
}

function apiTable() {
  /** @param {number} share */
  const column = (share) => ({
    name: `p${share * 100}`,
    isNumber: true,
    isWide: share === 0.9,
    cell: (/** @type {ApiRow} */ { buckets }) => seconds(quantile(buckets, share)),
    sortsBy: (/** @type {ApiRow} */ { buckets }) => quantile(buckets, share),
  });
  return new Table({
    label: "Requests",
    columns: [
      { name: "API", cell: (/** @type {ApiRow} */ { api }) => api, sortsBy: ({ api }) => api },
      { name: "Now", isNumber: true, cell: ({ rate }) => perSecond(rate), sortsBy: ({ rate }) => rate },
      {
        name: "Count",
        isNumber: true,
        isWide: true,
        cell: ({ buckets }) => short(totalOf(buckets)),
        sortsBy: ({ buckets }) => totalOf(buckets),
      },
      column(0.5),
      column(0.9),
      column(0.99),
      { name: "Distribution", isWide: true, cell: ({ api, buckets }) => bars(buckets, `Times of ${api}`) },
    ],
  });
}

/** @typedef {{ software: string, version: string, connections: number }} ClientRow */

/** @param {MetricsHistory} metrics @returns {ClientRow[]} */
function clientsOf(metrics) {
  return metrics.series("milena_client_connections").map(({ labels: { software = "", version = "" } }) => ({
    software,
    version,
    connections: metrics.last("milena_client_connections", { software, version }) ?? 0,
  })).filter(({ connections }) => connections > 0).sort((a, b) => b.connections - a.connections);
}

function clientTable() {
  return new Table({
    label: "Clients",
    columns: [
      {
        name: "Software",
        cell: (/** @type {ClientRow} */ { software }) => software || "unknown",
        sortsBy: ({ software }) => software,
      },
      { name: "Version", cell: ({ version }) => version, sortsBy: ({ version }) => version },
      {
        name: "Connections",
        isNumber: true,
        cell: ({ connections }) => count(connections),
        sortsBy: ({ connections }) => connections,
      },
    ],
  });
}

/** @param {MetricsHistory} metrics @param {string} family @param {Record<string, string>} [labels] @returns {Line[]} */
function quantilesOf(metrics, family, labels) {
  return [0.5, 0.99].map((share) => ({
    name: `p${share * 100}`,
    points: metrics.quantiles(family, share, labels),
  }));
}

/** The APIs with the most requests. @param {MetricsHistory} metrics @param {number} most */
function busiest(metrics, most) {
  const index = metrics.times.length - 1;
  return metrics.series("milena_requests_total")
    .toSorted((a, b) => growth(b.values, index) - growth(a.values, index))
    .filter(({ values }) => growth(values, index) > 0)
    .slice(0, most)
    .map(({ labels: { api = "" } }) => api);
}

/** @param {readonly number[]} values @param {number} index */
function growth(values, index) {
  return (values[index] ?? 0) - (values.find((value) => !Number.isNaN(value)) ?? 0);
}

/** @param {readonly import("./metrics_history.js").Bucket[]} buckets */
function totalOf(buckets) {
  return buckets.reduce((sum, { count }) => sum + count, 0);
}
