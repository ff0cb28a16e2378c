/**
 * The frame around the pages: where one is, the way elsewhere, the keyboard, and what the cluster does at this moment.
 * @module
 */
import { clusterId } from "./api.js";
import { brokerPage } from "./broker_page.js";
import { show } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { bytesPerSecond } from "./format.js";
import { groupPage } from "./group_page.js";
import { groupsPage } from "./groups_page.js";
import { bindKeys, boundKeys } from "./keys.js";
import { MetricsHistory } from "./metrics_history.js";
import { goTo, linkTo, onArrival, parsePlace } from "./router.js";
import { topicPage } from "./topic_page.js";
import { topicsPage } from "./topics_page.js";

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => void} [begin] called once it is in the document
 * @property {() => void} [end] called when it is left
 */

const metrics = new MetricsHistory();
const main = h("main", { tabindex: -1 });
const traffic = h("span", { class: "traffic", title: "Bytes of records a second, written and read" });
const identity = h("span", {});

/** @type {readonly (readonly [string, string])[]} */
const rooms = [["topics", "Topics"], ["groups", "Groups"], ["broker", "Broker"]];
const links = rooms.map(([room, name]) => h("a", { href: linkTo([room]), "data-room": room }, name));

/** @type {Page | undefined} */
let page;
/** What is shown: another query of it is no other page. */
let shown = "";

function route() {
  const place = parsePlace(location.hash);
  const [room = "topics", name, tab] = place.path;
  const wanted = location.hash;
  if (wanted === shown && page !== undefined) return;
  shown = wanted;
  page?.end?.();
  page = pageOf(room, name, tab, place.query);
  document.title = `${page.title} · Milena`;
  for (const link of links) link.toggleAttribute("aria-current", link.dataset.room === room);
  fill(main, page.element);
  main.scrollTop = 0;
  scrollTo(0, 0);
  page.begin?.();
}

/**
 * @param {string} room
 * @param {string | undefined} name
 * @param {string | undefined} tab
 * @param {Readonly<Record<string, string>>} query
 * @returns {Page}
 */
function pageOf(room, name, tab, query) {
  if (room === "topics") {
    return name === undefined ? topicsPage(metrics) : topicPage(metrics, name, tab, query);
  }
  if (room === "groups") return name === undefined ? groupsPage(metrics) : groupPage(metrics, name);
  if (room === "broker") return brokerPage(metrics);
  return {
    title: "Nothing here",
    element: h(
      "section",
      { class: "empty" },
      h("h1", {}, "There is no such page"),
      h("p", {}, "Go to ", h("a", { href: linkTo(["topics"]) }, "the topics"), "."),
    ),
  };
}

function switchTheme() {
  dispatchEvent(new Event("milena:theme"));
}

function showKeys() {
  show(
    "Keys",
    boundKeys().map(({ title, keys }) =>
      h(
        "section",
        { class: "keys" },
        h("h3", {}, title),
        h(
          "dl",
          {},
          ...keys.flatMap(({ keys, does }) => [
            h("dt", {}, ...keys.split(" ").map((key) => h("kbd", {}, key === "Escape" ? "Esc" : key))),
            h("dd", {}, does),
          ]),
        ),
      )
    ),
  );
}

function showTraffic() {
  const written = metrics.rate("milena_topic_produced_bytes_total");
  const read = metrics.rate("milena_topic_fetched_bytes_total");
  fill(
    traffic,
    ...(written === undefined && read === undefined ? [] : [
      h("span", {}, "in ", h("b", {}, bytesPerSecond(written ?? 0))),
      h("span", {}, "out ", h("b", {}, bytesPerSecond(read ?? 0))),
    ]),
  );
}

async function showIdentity() {
  try {
    identity.textContent = `Cluster ${await clusterId()}`;
  } catch {
    identity.textContent = "";
  }
}

bindKeys("Everywhere", [
  { keys: "g t", does: "go to the topics", act: () => goTo(["topics"]) },
  { keys: "g g", does: "go to the consumer groups", act: () => goTo(["groups"]) },
  { keys: "g b", does: "go to the broker", act: () => goTo(["broker"]) },
  { keys: "D", does: "dark or light", act: switchTheme },
  { keys: "?", does: "show the keys", act: showKeys },
]);

document.body.append(
  h(
    "header",
    { class: "top" },
    h("a", { class: "wordmark", href: linkTo(["topics"]) }, "Milena"),
    h("nav", { "aria-label": "Console" }, ...links),
    traffic,
    h("button", {
      class: "plain",
      onclick: switchTheme,
      title: "Dark or light (D)",
      "aria-label": "Dark or light",
    }, h("span", { class: "moon" })),
    h("button", { class: "plain", onclick: showKeys, title: "Keys (?)", "aria-label": "Keys" }, "?"),
  ),
  main,
  h(
    "footer",
    {},
    identity,
    h("a", { href: "/docs" }, "API"),
    h("a", { href: "/metrics" }, "Metrics"),
  ),
);
onArrival(route);
metrics.addEventListener("change", showTraffic);
metrics.start();
showIdentity();
route();
