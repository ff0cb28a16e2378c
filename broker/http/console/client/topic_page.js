/**
 * A topic: its messages, partitions and settings.
 * @module
 */
import { describeTopic } from "./api.js";
import { fill, h } from "./dom.js";
import { messageOf, note } from "./dialogs.js";
import { bytes, count, perSecond, plural } from "./format.js";
import { bindKeys } from "./keys.js";
import { messagesView } from "./messages_view.js";
import { partitionsView } from "./partitions_view.js";
import { produceInDialog } from "./produce_dialog.js";
import { refresh } from "./refresh.js";
import { goTo, linkTo } from "./router.js";
import { settingsView } from "./settings_view.js";
import { addPartitionsInDialog, deleteTopicInDialog } from "./topic_dialogs.js";
import { keptFor, recordRate } from "./topics_page.js";

/** @type {readonly (readonly [string, string])[]} */
const tabs = [["messages", "Messages"], ["partitions", "Partitions"], ["settings", "Settings"]];
const REFRESH_MS = 5000;

/**
 * @param {import("./metrics_history.js").MetricsHistory} metrics
 * @param {string} name
 * @param {string | undefined} tab
 * @param {Readonly<Record<string, string>>} query
 * @returns {import("./app.js").Page}
 */
export function topicPage(metrics, name, tab = "messages", query) {
  /** @type {import("./api.js").Topic | undefined} */
  let topic;
  const facts = h("p", { class: "facts" });
  const view = tab === "partitions"
    ? partitionsView(metrics, name)
    : tab === "settings"
    ? settingsView(name)
    : messagesView(name, query, produce);

  function draw() {
    if (topic === undefined) return;
    const rate = recordRate(metrics, name);
    fill(
      facts,
      ...[
        plural(topic.partitions, "partition"),
        topic.records !== null && `${count(topic.records)} records`,
        topic.bytes !== null && bytes(topic.bytes),
        rate !== undefined && `${perSecond(rate)} written`,
        topic.cleanupPolicy !== null && `kept ${keptFor(topic)}`,
      ].filter((fact) => fact !== false).map((fact) => h("span", {}, fact)),
    );
  }

  const asking = { now: () => {}, end: () => {} };

  async function produce() {
    const place = await produceInDialog(name, topic?.partitions);
    if (place === undefined) return;
    note(
      `Written to partition ${place.partition} at offset ${place.offset}` +
        (place.durability === "disk" ? ", and on disk" : ""),
    );
    view.refresh?.();
    asking.now();
  }

  async function grow() {
    if (topic === undefined || !await addPartitionsInDialog(topic)) return;
    note("Partitions were added");
    asking.now();
    view.refresh?.();
  }

  async function remove() {
    if (topic === undefined || !await deleteTopicInDialog(topic)) return;
    note(`${name} was deleted`);
    goTo(["topics"]);
  }

  /** @param {number} step */
  function switchTab(step) {
    const index = tabs.findIndex(([key]) => key === tab);
    goTo(["topics", name, tabs[(index + step + tabs.length) % tabs.length]?.[0] ?? "messages"]);
  }

  /** @type {(() => void)[]} */
  const ends = [];
  return {
    title: name,
    element: h(
      "section",
      { class: tab === "messages" ? "topic filling" : "topic" },
      h(
        "div",
        { class: "bar" },
        h(
          "h1",
          {},
          h("a", { class: "back", href: linkTo(["topics"]), title: "All topics (Esc)" }, "Topics"),
          name,
        ),
        h(
          "div",
          { class: "buttons" },
          h("button", { onclick: grow }, "Add partitions"),
          h("button", { onclick: remove }, "Delete"),
          h("button", { class: "primary", onclick: produce, title: "Produce a record (p)" }, "Produce"),
        ),
      ),
      facts,
      h(
        "nav",
        { class: "tabs", "aria-label": "Topic" },
        ...tabs.map(([key, text]) =>
          h("a", { href: linkTo(["topics", name, key]), "aria-current": key === tab }, text)
        ),
      ),
      view.element,
    ),
    begin() {
      const { now, end } = refresh(REFRESH_MS, async () => {
        try {
          topic = await describeTopic(name);
          draw();
        } catch (error) {
          fill(facts, h("span", { class: "error" }, messageOf(error)));
        }
      });
      asking.now = now;
      metrics.addEventListener("change", draw);
      // Bound first: the keys of what is shown in the page come before them.
      ends.push(
        end,
        () => metrics.removeEventListener("change", draw),
        bindKeys("Topic", [
          { keys: "p", does: "produce a record", act: produce },
          { keys: "]", does: "next tab", act: () => switchTab(1) },
          { keys: "[", does: "tab before", act: () => switchTab(-1) },
          { keys: "Escape", does: "back to the topics", act: () => goTo(["topics"]) },
        ]),
      );
      view.begin?.();
    },
    end() {
      view.end?.();
      ends.forEach((end) => end());
    },
  };
}
