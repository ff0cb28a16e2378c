/**
 * All topics: how many records, how large, how busy.
 * @module
 */
import { bootstrap, listTopics } from "./api.js";
import { sparkline } from "./chart.js";
import { createTopicInDialog } from "./topic_dialogs.js";
import { command, emptyState, fillWithError } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { bytes, bytesPerSecond, count, duration, NOTHING, perSecond } from "./format.js";
import { bindKeys } from "./keys.js";
import { refresh } from "./refresh.js";
import { goTo, linkTo } from "./router.js";
import { Table } from "./table.js";

/** @typedef {import("./api.js").Topic} Topic */
/** @typedef {import("./metrics_history.js").MetricsHistory} MetricsHistory */

const REFRESH_MS = 5000;

/** As they were when they were last asked for: who comes back sees them at once. @type {Topic[] | undefined} */
let topics;

/**
 * @param {MetricsHistory} metrics
 * @returns {import("./app.js").Page}
 */
export function topicsPage(metrics) {
  const table = new Table({
    label: "Topics",
    linkOf: (/** @type {Topic} */ { name }) => linkTo(["topics", name]),
    columns: columnsOf(metrics),
  });
  const filter = h("input", {
    type: "search",
    placeholder: "Filter by name  /",
    "aria-label": "Filter by name",
    oninput: draw,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") table.open();
    },
  });
  const internal = h("input", { type: "checkbox", onchange: draw });
  const heading = h("h1", {}, "Topics");
  const content = h("div", {}, h("p", { class: "quiet" }, "Loading…"));

  function draw() {
    if (topics === undefined) return;
    const wanted = filter.value.trim().toLowerCase();
    const shown = topics.filter(({ name, isInternal }) =>
      (internal.checked || !isInternal) && name.toLowerCase().includes(wanted)
    );
    fill(heading, "Topics ", h("small", {}, String(shown.length)));
    if (shown.length > 0) {
      if (table.element.parentNode !== content) fill(content, table.element);
      table.update(shown);
    } else if (topics.some(({ isInternal }) => !isInternal)) {
      fill(content, h("p", { class: "quiet" }, `No topic has “${filter.value}” in its name.`));
    } else showEmptyState();
  }

  async function showEmptyState() {
    if (content.firstElementChild?.classList.contains("empty")) return;
    const kafka = h("div");
    fill(
      content,
      emptyState(
        "No topics yet",
        h("p", {}, "Write the first record, and the topic is made with it:"),
        command(`curl --data-binary 'hello' ${location.origin}/topics/greetings/records`),
        kafka,
        h("p", {}, h("button", { class: "primary", onclick: create }, "Create a topic")),
      ),
    );
    const address = await bootstrap().catch(() => undefined);
    if (address !== undefined) fill(kafka, command(`echo hello | kcat -P -b ${address} -t greetings`));
  }

  async function create() {
    const name = await createTopicInDialog();
    if (name !== undefined) goTo(["topics", name]);
  }

  /** @type {(() => void)[]} */
  const ends = [];
  return {
    title: "Topics",
    element: h(
      "section",
      {},
      h(
        "div",
        { class: "bar" },
        heading,
        filter,
        h("label", { class: "check" }, internal, "internal"),
        h("button", { class: "primary", onclick: create, title: "Create a topic (c)" }, "Create topic"),
      ),
      content,
    ),
    begin() {
      draw();
      const asking = refresh(REFRESH_MS, async () => {
        try {
          topics = await listTopics();
          draw();
        } catch (error) {
          fillWithError(content, error);
        }
      });
      metrics.addEventListener("change", draw);
      ends.push(
        asking.end,
        () => metrics.removeEventListener("change", draw),
        bindKeys("Topics", [
          { keys: "/", does: "filter by name", act: () => filter.focus() },
          ...table.keys("topic"),
          { keys: "c", does: "create a topic", act: create },
        ]),
      );
    },
    end: () => ends.forEach((end) => end()),
  };
}

/**
 * @param {MetricsHistory} metrics
 * @returns {import("./table.js").Column<Topic>[]}
 */
function columnsOf(metrics) {
  return [
    { name: "Topic", cell: ({ name }) => name, sortsBy: ({ name }) => name },
    {
      name: "Partitions",
      isNumber: true,
      isWide: true,
      cell: ({ partitions }) => count(partitions),
      sortsBy: ({ partitions }) => partitions,
    },
    {
      name: "Records",
      isNumber: true,
      cell: ({ records }) => count(records),
      sortsBy: ({ records }) => records,
    },
    { name: "Size", isNumber: true, cell: (topic) => bytes(topic.bytes), sortsBy: (topic) => topic.bytes },
    {
      name: "Written",
      isNumber: true,
      cell: ({ name }) => perSecond(recordRate(metrics, name)),
      sortsBy: ({ name }) => recordRate(metrics, name),
    },
    {
      name: "Bytes in",
      isNumber: true,
      isWide: true,
      cell: ({ name }) => bytesPerSecond(metrics.rate("milena_topic_produced_bytes_total", { topic: name })),
      sortsBy: ({ name }) => metrics.rate("milena_topic_produced_bytes_total", { topic: name }),
    },
    {
      name: "Bytes out",
      isNumber: true,
      isWide: true,
      cell: ({ name }) => bytesPerSecond(metrics.rate("milena_topic_fetched_bytes_total", { topic: name })),
      sortsBy: ({ name }) => metrics.rate("milena_topic_fetched_bytes_total", { topic: name }),
    },
    {
      name: "Last 10 min",
      isWide: true,
      cell: ({ name }) => sparkline(recordRates(metrics, name), `Records written a second to ${name}`),
    },
    { name: "Kept", isWide: true, cell: keptFor, sortsBy: ({ retentionMs }) => retentionMs },
  ];
}

/** Behind a gateway only the offsets are told, not what the broker counts. @param {MetricsHistory} metrics */
function recordCounter(metrics) {
  const native = "milena_topic_produced_records_total";
  return metrics.has(native) ? native : "kafka_topic_partition_current_offset";
}

/** @param {MetricsHistory} metrics @param {string} topic */
export function recordRate(metrics, topic) {
  return metrics.rate(recordCounter(metrics), { topic });
}

/** @param {MetricsHistory} metrics @param {string} topic */
export function recordRates(metrics, topic) {
  return metrics.rates(recordCounter(metrics), { topic });
}

/** @param {Topic} topic */
export function keptFor({ cleanupPolicy, retentionMs }) {
  if (cleanupPolicy === null) return NOTHING;
  const isCompacted = cleanupPolicy.includes("compact");
  const kept = cleanupPolicy.includes("delete") ? duration(retentionMs) : "";
  return [isCompacted ? "by key" : "", kept].filter((part) => part !== "").join(", ");
}
