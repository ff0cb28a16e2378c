/**
 * The messages of a topic: the newest first and live, from a place on, or those that a search finds.
 * @module
 */
import { bootstrap, listPartitions } from "./api.js";
import { command, emptyState, fillWithError, messageOf, note } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { count, plural, time } from "./format.js";
import { bindKeys } from "./keys.js";
import { filterOf, LiveRecords, searchRecords } from "./live.js";
import { copyValue, fillWithMessage, previewOf } from "./message_detail.js";
import { MessageList } from "./message_list.js";
import { BackwardReader, byNewest, ForwardReader } from "./records.js";
import { goTo, replaceQuery } from "./router.js";
import { VirtualList } from "./virtual_list.js";

/** @typedef {import("./records.js").Message} Message */
/** @typedef {import("./records.js").Range} Range */
/** @typedef {"newest" | "oldest" | "offset" | "time"} Order */

const PAGE = 100;
/** Faster than this nobody reads along, and the browser has better things to do. */
const MAX_LIVE_PER_SECOND = 2000;
/** A detail that follows the newest record changes no faster than it can be looked at. */
const DETAIL_MS = 250;

/**
 * @param {string} topic
 * @param {Readonly<Record<string, string>>} query of the address
 * @param {() => void} produce
 */
export function messagesView(topic, query, produce) {
  const list = new MessageList();
  /** @type {Range[]} */
  let ranges = [];
  let aborter = new AbortController();
  /** @type {BackwardReader | ForwardReader | undefined} */
  let reader;
  /** @type {LiveRecords | undefined} */
  let live;
  let wantsLive = true;
  let isReading = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let detailTimer;
  let liveSecond = 0;
  let liveCount = 0;

  const partition = h(
    "select",
    { "aria-label": "Partition", onchange: begin },
    h("option", { value: "" }, "All partitions"),
  );
  const order = h(
    "select",
    { "aria-label": "Where to begin", onchange: changeOrder },
    h("option", { value: "newest" }, "Newest first"),
    h("option", { value: "oldest" }, "Oldest first"),
    h("option", { value: "offset" }, "From offset"),
    h("option", { value: "time" }, "From time"),
  );
  const offset = h("input", {
    type: "number",
    min: 0,
    "aria-label": "Offset",
    placeholder: "offset",
    onchange: begin,
    hidden: true,
  });
  const at = h("input", {
    type: "datetime-local",
    step: 1,
    "aria-label": "Time",
    onchange: begin,
    hidden: true,
  });
  const wanted = h("input", {
    type: "search",
    placeholder: "Search all, or value.total > 100  /",
    "aria-label": "Search",
    spellcheck: "false",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      wanted.blur();
      begin();
    },
    onsearch: () => wanted.value === "" && isSearching() && begin(),
  });
  const liveButton = h("button", {
    class: "live",
    onclick: toggleLive,
    title: "Follow what is written (l)",
    "aria-pressed": "true",
  }, "Live");
  const state = h("p", { class: "state", role: "status" });
  const progress = h("progress", { max: 1, hidden: true, "aria-label": "How far the search is" });
  const detail = h("aside", { class: "detail", "aria-label": "The selected message" });
  const rows = new VirtualList({
    label: "Messages",
    rowHeight: 30,
    row: (/** @type {Message} */ message) => [
      h("span", { class: "time" }, time(message.timestamp)),
      h("span", { class: "partition", title: "partition" }, message.partition),
      h("span", { class: "offset", title: "offset" }, count(message.offset)),
      h("span", { class: "key" }, message.key ?? h("i", {}, "no key")),
      h("span", { class: "value" }, previewOf(message)),
    ],
    onSelect: (index) => {
      select(index);
      openDetail();
    },
    onEnd: readOn,
  });
  const browser = h("div", { class: "browser" }, rows.element, detail);
  const content = h("div", { class: "content" }, h("p", { class: "quiet" }, "Loading…"));
  let searched = "";

  const isSearching = () => searched !== "";

  /** Reads anew, as the fields above say. */
  async function begin() {
    stop();
    aborter = new AbortController();
    const { signal } = aborter;
    list.clear();
    rows.element.scrollTop = 0;
    searched = wanted.value.trim();
    remember();
    say("Loading…");
    try {
      const all = await listRanges();
      if (signal.aborted) return;
      ranges = partition.value === ""
        ? all
        : all.filter((range) => range.partition === Number(partition.value));
      if (isSearching()) return await search(signal);
      reader = readerFor(signal);
      await readOn();
      if (!signal.aborted && order.value === "newest") follow();
    } catch (error) {
      if (!signal.aborted) fillWithError(content, error);
    }
  }

  /** @returns {Promise<Range[]>} */
  async function listRanges() {
    const partitions = await listPartitions(topic);
    if (partition.options.length !== partitions.length + 1) {
      const chosen = partition.options.length === 1 ? query.partition ?? "" : partition.value;
      fill(
        partition,
        h("option", { value: "" }, "All partitions"),
        ...partitions.map(({ partition }) => h("option", { value: partition }, `Partition ${partition}`)),
      );
      partition.value = chosen;
    }
    return partitions.map(({ partition, start, end }) => ({
      partition,
      start: start ?? 0,
      end: end ?? start ?? 0,
    }));
  }

  /** @param {AbortSignal} signal */
  function readerFor(signal) {
    if (order.value === "newest") return new BackwardReader(topic, ranges, signal);
    if (order.value === "offset") {
      const from = Number(offset.value);
      const within = ranges.map((range) => ({
        ...range,
        start: Math.min(range.end, Math.max(range.start, from)),
      }));
      return new ForwardReader(topic, within, {}, signal);
    }
    const timestamp = order.value === "time" && at.value !== "" ? new Date(at.value).getTime() : undefined;
    return new ForwardReader(topic, ranges, { timestamp }, signal);
  }

  async function readOn() {
    if (isReading || reader === undefined || isSearching()) return;
    const { signal } = aborter;
    isReading = true;
    try {
      if (list.dropped.size > 0 && reader instanceof BackwardReader) reader = readerBehindTheList(signal);
      const messages = await reader.next(PAGE);
      if (signal.aborted) return;
      const added = list.append(messages);
      if (added > 0 || list.messages.length === 0) draw();
    } catch (error) {
      if (!signal.aborted) note(messageOf(error), { isError: true });
    } finally {
      isReading = false;
    }
  }

  /** What was dropped at the end of a long list is read again. @param {AbortSignal} signal */
  function readerBehindTheList(signal) {
    /** @type {Map<number, number>} */
    const lowest = new Map();
    for (const { partition, offset } of list.messages) {
      lowest.set(partition, Math.min(offset, lowest.get(partition) ?? offset));
    }
    const behind = ranges.map((range) => ({
      ...range,
      end: lowest.get(range.partition) ?? list.dropped.get(range.partition) ?? range.end,
    }));
    list.dropped.clear();
    return new BackwardReader(topic, behind, signal);
  }

  function follow() {
    showLive();
    if (!wantsLive || order.value !== "newest" || isSearching()) return;
    live = new LiveRecords(topic, {
      ranges,
      isWhole: partition.value === "",
      onRecords: takeLive,
      onState: (state) => liveButton.dataset.state = state,
      onProblem: (text) => note(text, { isError: true }),
    });
  }

  /** @param {Message[]} messages */
  function takeLive(messages) {
    const wasEmpty = list.messages.length === 0;
    // Who has scrolled away looks at something.
    if (!rows.isAtTop) list.isFollowing = false;
    const added = list.prepend(messages);
    draw(added);
    if (wasEmpty) say("");
    const second = Math.floor(performance.now() / 1000);
    liveCount = second === liveSecond ? liveCount + added : added;
    liveSecond = second;
    if (liveCount > MAX_LIVE_PER_SECOND) {
      toggleLive();
      note(
        `More than ${
          count(MAX_LIVE_PER_SECOND)
        } records a second: no longer live. Press l to go on, or search with a filter.`,
      );
    }
  }

  function toggleLive() {
    wantsLive = !wantsLive;
    if (!wantsLive) {
      live?.close();
      live = undefined;
      showLive();
    } else if (order.value === "newest" && !isSearching()) {
      begin();
    } else {
      order.value = "newest";
      wanted.value = "";
      changeOrder();
    }
  }

  function showLive() {
    const isOn = wantsLive && order.value === "newest" && !isSearching();
    liveButton.setAttribute("aria-pressed", String(isOn));
    liveButton.dataset.state = isOn ? liveButton.dataset.state ?? "connecting" : "off";
  }

  /** @param {AbortSignal} signal */
  async function search(signal) {
    showLive();
    progress.hidden = false;
    progress.removeAttribute("value");
    let scanned = 0;
    /** @type {Message[]} */
    let found = [];
    let frame = 0;
    let total = 0;
    const showFound = () => {
      frame = 0;
      if (signal.aborted) return;
      list.insert(found, byNewest);
      total += found.length;
      found = [];
      if (list.messages.length > 0) draw();
    };
    try {
      await searchRecords(topic, ranges, {
        filter: filterOf(searched),
        signal,
        onFound: (messages) => {
          found.push(...messages);
          if (frame === 0) frame = requestAnimationFrame(showFound);
        },
        onProgress: (reached) => {
          scanned = reached.scanned;
          progress.value = reached.total === 0 ? 1 : reached.scanned / reached.total;
          say(`${count(total)} found in ${count(scanned)} of ${count(reached.total)} records`);
        },
      });
      if (signal.aborted) return;
      cancelAnimationFrame(frame);
      showFound();
      say(`${count(total)} found in ${plural(scanned, "record")}`);
      if (total === 0) {
        fill(
          content,
          emptyState(
            "Nothing found",
            h(
              "p",
              {},
              `No record has “${searched}” in its key, its value or a header. Upper and lower case differ.`,
            ),
            h(
              "p",
              {},
              "A filter may name fields: ",
              h("code", {}, 'value.total > 100 && headers.region == "eu"'),
            ),
          ),
        );
      }
    } finally {
      if (!signal.aborted) progress.hidden = true;
    }
  }

  /** @param {number} [added] how many of the rows are new in front */
  function draw(added = 0) {
    if (list.messages.length === 0) return showNothing();
    if (browser.parentNode !== content) fill(content, browser);
    rows.update(list.messages, { added, selected: list.selected });
    if (!isSearching()) say("");
    showDetail();
  }

  async function showNothing() {
    say("");
    if (ranges.some(({ start, end }) => end > start)) {
      fill(
        content,
        emptyState(
          "Nothing there",
          h("p", {}, "There is no record from this place on. Newest first shows what there is."),
        ),
      );
      return;
    }
    const kafka = h("div");
    fill(
      content,
      emptyState(
        "No messages yet",
        h("p", {}, "Write one, and it appears here at once:"),
        command(
          `curl --data-binary '{"hello":"world"}' '${location.origin}/topics/${
            encodeURIComponent(topic)
          }/records?key=me'`,
        ),
        kafka,
        h("p", {}, h("button", { class: "primary", onclick: produce }, "Produce by hand")),
      ),
    );
    const address = await bootstrap().catch(() => undefined);
    if (address !== undefined) {
      fill(kafka, command(`echo 'me:hello' | kcat -P -b ${address} -t ${topic} -K:`));
    }
  }

  /** @param {number} index */
  function select(index) {
    list.select(index);
    if (list.selected < 0) return;
    rows.bringIntoSight(list.selected);
    rows.update(list.messages, { selected: list.selected });
    clearTimeout(detailTimer);
    detailTimer = undefined;
    drawDetail();
    if (list.selected >= list.messages.length - 3) readOn();
  }

  function showDetail() {
    detailTimer ??= setTimeout(() => {
      detailTimer = undefined;
      drawDetail();
    }, detail.childElementCount === 0 ? 0 : DETAIL_MS);
  }

  /** @type {Message | undefined} */
  let detailed;
  function drawDetail() {
    const { current } = list;
    if (current === detailed) return;
    detailed = current;
    if (current === undefined) return fill(detail);
    fillWithMessage(detail, current, { onClose: closeDetail });
    detail.scrollTop = 0;
  }

  /** On a narrow screen it covers the list. */
  function openDetail() {
    browser.classList.add("opened");
  }

  function closeDetail() {
    browser.classList.remove("opened");
  }

  function changeOrder() {
    offset.hidden = order.value !== "offset";
    at.hidden = order.value !== "time";
    if (order.value === "offset" && offset.value === "") return offset.focus();
    if (order.value === "time" && at.value === "") {
      at.value = localTime(Date.now() - 3_600_000);
      at.focus();
    }
    begin();
  }

  /** Into the address, so that it can be passed on. */
  function remember() {
    replaceQuery({
      partition: partition.options.length === 1 ? query.partition : partition.value,
      from: order.value === "newest" ? undefined : order.value,
      offset: order.value === "offset" ? offset.value : undefined,
      time: order.value === "time" ? at.value : undefined,
      search: searched,
    });
  }

  /** @param {string} text */
  function say(text) {
    state.textContent = text;
    state.hidden = text === "";
  }

  function stop() {
    aborter.abort();
    live?.close();
    live = undefined;
    progress.hidden = true;
    isReading = false;
    closeDetail();
  }

  function leave() {
    if (browser.classList.contains("opened")) return closeDetail();
    if (isSearching() || wanted.value !== "") {
      wanted.value = "";
      return begin();
    }
    goTo(["topics"]);
  }

  /** @type {(() => void) | undefined} */
  let unbind;
  return {
    element: h(
      "div",
      { class: "messages" },
      h("div", { class: "tools" }, wanted, partition, order, offset, at, liveButton),
      progress,
      state,
      content,
    ),
    begin() {
      if (query.offset !== undefined) {
        order.value = "offset";
        offset.value = query.offset;
      } else if (query.from !== undefined) order.value = query.from;
      if (query.time !== undefined) at.value = query.time;
      wanted.value = query.search ?? "";
      offset.hidden = order.value !== "offset";
      at.hidden = order.value !== "time";
      unbind = bindKeys("Messages", [
        { keys: "/", does: "search", act: () => wanted.focus() },
        { keys: "j", does: "next message", act: () => select(list.selected + 1) },
        { keys: "k", does: "message before", act: () => select(list.selected - 1) },
        { keys: "ArrowDown", does: "next message", act: () => select(list.selected + 1), isHidden: true },
        { keys: "ArrowUp", does: "message before", act: () => select(list.selected - 1), isHidden: true },
        { keys: "Enter", does: "open it (on a phone)", act: openDetail, isHidden: true },
        {
          keys: "n",
          does: "the newest",
          act: () => {
            rows.element.scrollTop = 0;
            select(0);
          },
        },
        { keys: "l", does: "live or not", act: toggleLive },
        {
          keys: "y",
          does: "copy the value",
          act: () => list.current !== undefined && copyValue(list.current),
        },
        { keys: "Escape", does: "leave the search, then the topic", act: leave },
      ]);
      begin();
    },
    /** After something was written here: it comes by itself while it is live. */
    refresh: () => {
      if (live === undefined && order.value === "newest" && !isSearching()) begin();
    },
    end() {
      stop();
      clearTimeout(detailTimer);
      unbind?.();
    },
  };
}

/** As <input type="datetime-local"> has it. @param {number} timestamp */
function localTime(timestamp) {
  const date = new Date(timestamp);
  return new Date(timestamp - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
