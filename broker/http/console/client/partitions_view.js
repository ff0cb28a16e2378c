/**
 * The partitions of a topic, and how records come in.
 * @module
 */
import { listPartitions } from "./api.js";
import { LineChart } from "./chart.js";
import { fillWithError } from "./dialogs.js";
import { h } from "./dom.js";
import { bytes, bytesPerSecond, count, NOTHING, perSecond } from "./format.js";
import { refresh } from "./refresh.js";
import { linkTo } from "./router.js";
import { Table } from "./table.js";
import { recordRates } from "./topics_page.js";

/** @typedef {import("./api.js").Partition} Partition */

const REFRESH_MS = 3000;

/**
 * @param {import("./metrics_history.js").MetricsHistory} metrics
 * @param {string} topic
 */
export function partitionsView(metrics, topic) {
  const records = new LineChart({ title: "Records written", format: perSecond });
  const traffic = new LineChart({ title: "Bytes", format: bytesPerSecond, isBytes: true });
  const table = new Table({
    label: "Partitions",
    linkOf: (/** @type {Partition} */ { partition }) => linkTo(["topics", topic], { partition }),
    columns: [
      { name: "Partition", cell: ({ partition }) => partition, sortsBy: ({ partition }) => partition },
      { name: "Records", isNumber: true, cell: (row) => count(recordsOf(row)), sortsBy: recordsOf },
      {
        name: "First offset",
        isNumber: true,
        isWide: true,
        cell: ({ start }) => count(start),
        sortsBy: ({ start }) => start,
      },
      { name: "Next offset", isNumber: true, cell: ({ end }) => count(end), sortsBy: ({ end }) => end },
      { name: "Size", isNumber: true, cell: (row) => bytes(row.bytes), sortsBy: (row) => row.bytes },
      { name: "Leader", isNumber: true, isWide: true, cell: ({ leader }) => leader ?? NOTHING },
    ],
  });
  const content = h("div", {}, table.element);

  function draw() {
    records.update([{ name: "written", points: recordRates(metrics, topic) }]);
    traffic.update([
      { name: "in", points: metrics.rates("milena_topic_produced_bytes_total", { topic }) },
      { name: "out", points: metrics.rates("milena_topic_fetched_bytes_total", { topic }) },
    ]);
  }

  /** @type {ReturnType<typeof refresh> | undefined} */
  let asking;
  return {
    element: h("div", {}, h("div", { class: "charts" }, records.element, traffic.element), content),
    begin() {
      metrics.addEventListener("change", draw);
      draw();
      asking = refresh(REFRESH_MS, async () => {
        try {
          table.update(await listPartitions(topic));
        } catch (error) {
          fillWithError(content, error);
        }
      });
    },
    refresh: () => asking?.now(),
    end() {
      asking?.end();
      metrics.removeEventListener("change", draw);
    },
  };
}

/** @param {Partition} partition */
function recordsOf({ start, end }) {
  return start === null || end === null ? null : end - start;
}
