/**
 * A consumer group: how far behind it is in each partition, over time, and who reads what.
 * @module
 */
import { deleteGroup, describeGroup, listLags } from "./api.js";
import { LineChart } from "./chart.js";
import { askInDialog, emptyState, labelled, messageOf, note } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { count, NOTHING, plural, short } from "./format.js";
import { stateOf } from "./groups_page.js";
import { bindKeys } from "./keys.js";
import { refresh } from "./refresh.js";
import { goTo, linkTo } from "./router.js";
import { Table } from "./table.js";

/** @typedef {import("./api.js").Lag} Lag */
/** @typedef {import("./metrics_history.js").Point} Point */

const REFRESH_MS = 2000;
const MAX_POINTS = 300;

/**
 * @param {import("./metrics_history.js").MetricsHistory} metrics
 * @param {string} id
 * @returns {import("./app.js").Page}
 */
export function groupPage(metrics, id) {
  /** What this page has asked itself: shown where /metrics does not tell of the group. @type {Map<string, Point[]>} */
  const asked = new Map();
  const facts = h("p", { class: "facts" });
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const chart = new LineChart({ title: "Lag by partition", format: short, isInteger: true });
  const table = new Table({
    label: "Partitions",
    linkOf: (/** @type {Lag} */ { topic, partition, committed }) =>
      linkTo(["topics", topic], { partition, offset: committed }),
    columns: [
      { name: "Topic", cell: ({ topic }) => topic, sortsBy: ({ topic }) => topic },
      {
        name: "Partition",
        isNumber: true,
        cell: ({ partition }) => partition,
        sortsBy: ({ partition }) => partition,
      },
      {
        name: "Committed",
        isNumber: true,
        isWide: true,
        cell: ({ committed }) => count(committed),
        sortsBy: ({ committed }) => committed,
      },
      { name: "End", isNumber: true, isWide: true, cell: ({ end }) => count(end), sortsBy: ({ end }) => end },
      { name: "Lag", isNumber: true, cell: ({ lag }) => count(lag), sortsBy: ({ lag }) => lag },
      {
        name: "Read by",
        cell: ({ client, consumer }) => h("span", { title: consumer }, client || consumer || NOTHING),
        sortsBy: ({ client }) => client,
      },
    ],
  });
  const content = h("div", {}, h("p", { class: "quiet" }, "Loading…"));

  function drawChart() {
    const told = metrics.series("kafka_consumergroup_lag", { consumergroup: id });
    const lines = told.length > 0
      ? told.map((series) => ({
        name: `${series.labels.topic} ${series.labels.partition}`,
        points: metrics.points([series]),
      }))
      : [...asked].map(([name, points]) => ({ name, points }));
    chart.update(lines);
  }

  async function load() {
    try {
      const [group, lags] = await Promise.all([describeGroup(id), listLags(id)]);
      problem.hidden = true;
      fill(
        facts,
        stateOf(group.state),
        group.members !== null && h("span", {}, plural(group.members, "member")),
        h("span", {}, `lag ${count(group.lag)}`),
        h("span", {}, [group.type.toLowerCase(), group.assignor].filter((word) => word !== "").join(", ")),
      );
      const now = Date.now();
      for (const { topic, partition, lag } of lags) {
        const name = `${topic} ${partition}`;
        const points = asked.get(name) ?? [];
        points.push([now, lag ?? NaN]);
        asked.set(name, points.slice(-MAX_POINTS));
      }
      if (lags.length === 0) {
        fill(
          content,
          emptyState(
            "Nothing committed",
            h("p", {}, "The group has committed no offset yet, so nobody knows how far it is."),
          ),
        );
      } else {
        if (table.element.parentNode !== content) {
          fill(content, h("div", { class: "charts one" }, chart.element), table.element);
        }
        table.update(lags);
        drawChart();
      }
    } catch (error) {
      problem.hidden = false;
      problem.textContent = messageOf(error);
    }
  }

  async function remove() {
    const typed = h("input", { autocomplete: "off", spellcheck: "false", autofocus: true });
    const isGone = await askInDialog({
      title: `Delete ${id}?`,
      content: [
        h(
          "p",
          {},
          "What it has committed is forgotten: whoever reads as this group begins anew. It must have no members.",
        ),
        labelled(`Type “${id}” to delete it`, typed),
      ],
      action: "Delete for ever",
      isDangerous: true,
      isReady: () => typed.value === id,
      async submit() {
        await deleteGroup(id);
        return true;
      },
    });
    if (isGone !== true) return;
    note(`${id} was deleted`);
    goTo(["groups"]);
  }

  /** @type {(() => void)[]} */
  const ends = [];
  return {
    title: id,
    element: h(
      "section",
      {},
      h(
        "div",
        { class: "bar" },
        h(
          "h1",
          {},
          h("a", { class: "back", href: linkTo(["groups"]), title: "All groups (Esc)" }, "Groups"),
          id,
        ),
        h("div", { class: "buttons" }, h("button", { onclick: remove }, "Delete")),
      ),
      facts,
      problem,
      content,
    ),
    begin() {
      metrics.addEventListener("change", drawChart);
      ends.push(
        refresh(REFRESH_MS, load).end,
        () => metrics.removeEventListener("change", drawChart),
        bindKeys("Consumer group", [
          { keys: "j", does: "next partition", act: () => table.move(1) },
          { keys: "k", does: "partition before", act: () => table.move(-1) },
          { keys: "Enter", does: "the messages from there on", act: () => table.open() },
          { keys: "Escape", does: "back to the groups", act: () => goTo(["groups"]) },
        ]),
      );
    },
    end: () => ends.forEach((end) => end()),
  };
}
