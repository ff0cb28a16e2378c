/**
 * All consumer groups and how far behind they are.
 * @module
 */
import { bootstrap, listGroups } from "./api.js";
import { sparkline } from "./chart.js";
import { command, emptyState, fillWithError } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { count } from "./format.js";
import { bindKeys } from "./keys.js";
import { refresh } from "./refresh.js";
import { linkTo } from "./router.js";
import { Table } from "./table.js";

/** @typedef {import("./api.js").Group} Group */

const REFRESH_MS = 3000;

/**
 * @param {import("./metrics_history.js").MetricsHistory} metrics
 * @returns {import("./app.js").Page}
 */
export function groupsPage(metrics) {
  /** @type {Group[] | undefined} */
  let groups;
  const heading = h("h1", {}, "Consumer groups");
  const filter = h("input", {
    type: "search",
    placeholder: "Filter by name  /",
    "aria-label": "Filter by name",
    oninput: draw,
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && table.open(),
  });
  const content = h("div", {}, h("p", { class: "quiet" }, "Loading…"));
  const table = new Table({
    label: "Consumer groups",
    linkOf: (/** @type {Group} */ { id }) => linkTo(["groups", id]),
    columns: [
      { name: "Group", cell: ({ id }) => id, sortsBy: ({ id }) => id },
      { name: "State", cell: ({ state }) => stateOf(state), sortsBy: ({ state }) => state },
      {
        name: "Members",
        isNumber: true,
        cell: ({ members }) => count(members),
        sortsBy: ({ members }) => members,
      },
      {
        name: "Topics",
        isNumber: true,
        isWide: true,
        cell: ({ topics }) => count(topics),
        sortsBy: ({ topics }) => topics,
      },
      { name: "Lag", isNumber: true, cell: ({ lag }) => count(lag), sortsBy: ({ lag }) => lag },
      {
        name: "Lag, last 10 min",
        isWide: true,
        cell: ({ id }) =>
          sparkline(metrics.values("kafka_consumergroup_lag", { consumergroup: id }), `Lag of ${id}`),
      },
      {
        name: "Protocol",
        isWide: true,
        cell: ({ type, assignor }) => [type.toLowerCase(), assignor].filter((word) => word !== "").join(", "),
      },
    ],
  });

  function draw() {
    if (groups === undefined) return;
    const wanted = filter.value.trim().toLowerCase();
    const shown = groups.filter(({ id }) => id.toLowerCase().includes(wanted));
    fill(heading, "Consumer groups ", h("small", {}, String(shown.length)));
    if (shown.length > 0) {
      if (table.element.parentNode !== content) fill(content, table.element);
      table.update(shown);
    } else if (groups.length > 0) {
      fill(content, h("p", { class: "quiet" }, `No group has “${filter.value}” in its name.`));
    } else showEmptyState();
  }

  async function showEmptyState() {
    if (content.firstElementChild?.classList.contains("empty")) return;
    const kafka = h("div");
    fill(
      content,
      emptyState(
        "No consumer groups yet",
        h("p", {}, "A group is there as soon as somebody reads as one:"),
        kafka,
      ),
    );
    const address = await bootstrap().catch(() => "127.0.0.1:9092");
    fill(kafka, command(`kcat -b ${address} -G my-group greetings`));
  }

  /** @type {(() => void)[]} */
  const ends = [];
  return {
    title: "Consumer groups",
    element: h("section", {}, h("div", { class: "bar" }, heading, filter), content),
    begin() {
      const asking = refresh(REFRESH_MS, async () => {
        try {
          groups = await listGroups();
          draw();
        } catch (error) {
          fillWithError(content, error);
        }
      });
      metrics.addEventListener("change", draw);
      ends.push(
        asking.end,
        () => metrics.removeEventListener("change", draw),
        bindKeys("Consumer groups", [
          { keys: "/", does: "filter by name", act: () => filter.focus() },
          ...table.keys("group"),
        ]),
      );
    },
    end: () => ends.forEach((end) => end()),
  };
}

/** @param {string} state */
export function stateOf(state) {
  const word = state.toLowerCase().replaceAll("_", " ");
  return h("span", {
    class: `group-state ${
      state === "STABLE" ? "good" : state === "EMPTY" || state === "DEAD" ? "idle" : "busy"
    }`,
  }, word);
}
