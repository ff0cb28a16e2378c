/**
 * Records as they are written, and what a search finds, by EventSources. The browser connects again by itself and says what
 * it had last (Last-Event-ID), and the server goes on exactly there.
 *
 * What must be true: what came is told once, whatever is sent again; nothing is left out without a word; and it is told at
 * most once in a frame, so a fast topic costs one drawing.
 * @module
 */
import { ask, topicPath } from "./api.js";
import { messageOf, placeOf } from "./records.js";

/** @typedef {import("./records.js").Message} Message */
/** @typedef {import("./records.js").Range} Range */
/** @typedef {"connecting" | "live" | "waiting"} LiveState */

/** When a server that refused (it is starting, say) is asked again. */
const RETRY_MS = 1000;
/** What is remembered to know what came twice. */
const MAX_REMEMBERED = 5000;
/** With more partitions their offsets would not fit in an address. */
const MAX_NAMED_PARTITIONS = 200;
/** As text: parsed as JSON, long numbers would be rounded here. */
const FORMATS = { key_format: "text", value_format: "text" };

export class LiveRecords {
  #topic;
  #query;
  #options;
  /** @type {EventSource | undefined} */
  #source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #lastEventId = "";
  /** @type {Message[]} */
  #waiting = [];
  /** @type {Set<string>} */
  #seen = new Set();
  #frame = 0;
  #isClosed = false;

  /**
   * @param {string} topic
   * @param {object} options
   * @param {readonly Range[]} options.ranges it begins at their ends
   * @param {boolean} options.isWhole whether they are all partitions of the topic: then also those that come to be
   * @param {(messages: Message[]) => void} options.onRecords in the order in which they came
   * @param {(state: LiveState) => void} options.onState
   * @param {(text: string) => void} options.onProblem in words
   */
  constructor(topic, options) {
    const { ranges, isWhole } = options;
    this.#topic = topic;
    this.#options = options;
    this.#query = {
      from: ranges.length > MAX_NAMED_PARTITIONS
        ? "latest"
        : ranges.map(({ partition, end }) => `${partition}:${end}`).join(","),
      ...(isWhole ? {} : { partition: ranges.map(({ partition }) => partition).join(",") }),
    };
    this.#open();
  }

  #open() {
    const source = this.#source = openStream(this.#topic, {
      ...this.#query,
      ...(this.#lastEventId === "" ? {} : { last_event_id: this.#lastEventId }),
    });
    this.#options.onState("connecting");
    source.onopen = () => this.#options.onState("live");
    source.onmessage = ({ data, lastEventId }) => {
      this.#lastEventId = lastEventId;
      this.#take(messageOf(JSON.parse(data)));
    };
    source.addEventListener("gap", ({ data, lastEventId }) => {
      this.#lastEventId = lastEventId;
      const { partition, from, to } = JSON.parse(data);
      this.#options.onProblem(`Offsets ${from} to ${to - 1} of partition ${partition} are no longer there.`);
    });
    source.addEventListener("error", (event) => {
      if (this.#isClosed) return;
      // The server's own event of that name has data; the browser's has none.
      if (event instanceof MessageEvent) this.#options.onProblem(JSON.parse(event.data).message);
      this.#options.onState("waiting");
      // An answer with an error is final for the browser.
      if (source.readyState === EventSource.CLOSED) this.#retry = setTimeout(() => this.#open(), RETRY_MS);
    });
  }

  /** @param {Message} message */
  #take(message) {
    const place = placeOf(message);
    if (this.#seen.has(place)) return;
    this.#seen.add(place);
    if (this.#seen.size > MAX_REMEMBERED) {
      this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value));
    }
    this.#waiting.push(message);
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#options.onRecords(this.#waiting.splice(0));
    });
  }

  close() {
    this.#isClosed = true;
    this.#source?.close();
    clearTimeout(this.#retry);
    cancelAnimationFrame(this.#frame);
  }
}

/**
 * How far a search is: `scanned` of `total` offsets; `total` is 0 while it is not known.
 *
 * @typedef {object} SearchProgress
 * @property {number} scanned
 * @property {number} total
 */

/**
 * Has the broker look at every record of `ranges`. Resolves at the end; rejects with what the API says.
 *
 * @param {string} topic
 * @param {readonly Range[]} ranges
 * @param {object} options
 * @param {string} options.filter
 * @param {(messages: Message[]) => void} options.onFound
 * @param {(progress: SearchProgress) => void} options.onProgress
 * @param {AbortSignal} options.signal
 * @returns {Promise<void>}
 */
export async function searchRecords(topic, ranges, { filter, onFound, onProgress, signal }) {
  const query = {
    from: "earliest",
    until: "end",
    partition: ranges.map(({ partition }) => partition).join(","),
    filter,
  };
  // An EventSource does not tell what an error says: the filter is tried on nothing first.
  const trial = await ask(streamPath(topic, { ...query, from: "latest" }), {
    signal,
    accept: "application/x-ndjson",
  });
  await trial.text();
  const starts = new Map(ranges.map(({ partition, start }) => [partition, start]));
  await new Promise((resolve, reject) => {
    const source = openStream(topic, { ...query, progress: "true" });
    const finish = () => {
      source.close();
      resolve(undefined);
    };
    signal.addEventListener("abort", finish);
    source.onmessage = ({ data }) => onFound([messageOf(JSON.parse(data))]);
    source.addEventListener("progress", ({ data }) => {
      /** @type {{ partitions: { partition: number, offset: number, end_offset: number }[] }} */
      const { partitions } = JSON.parse(data);
      let [scanned, total] = [0, 0];
      for (const { partition, offset, end_offset } of partitions) {
        const start = starts.get(partition) ?? 0;
        scanned += Math.max(0, offset - start);
        total += Math.max(0, end_offset - start);
      }
      onProgress({ scanned, total });
    });
    source.addEventListener("end", finish);
    source.addEventListener("error", (event) => {
      if (event instanceof MessageEvent) reject(new Error(JSON.parse(event.data).message));
      else if (source.readyState === EventSource.CLOSED) {
        reject(new Error("The search was cut off. Begin it again."));
      } else return;
      source.close();
    });
  });
}

/**
 * The filter for what was typed: an expression of the stream's filters as it is, and any other words as a text to look for.
 *
 * @param {string} typed
 */
export function filterOf(typed) {
  const isExpression = /^[!(\s]*(value|key|headers|partition|offset|timestamp)\b\s*[.[=!<>]/.test(typed) ||
    /^[!(\s]*(contains|startswith|endswith|exists)\s*\(/.test(typed) ||
    /^\s*"[^"]*"\s*(&&|\|\||$)/.test(typed);
  return isExpression ? typed : JSON.stringify(typed);
}

/**
 * @param {string} topic
 * @param {Record<string, string>} query
 */
function openStream(topic, query) {
  return new EventSource(streamPath(topic, query));
}

/**
 * @param {string} topic
 * @param {Record<string, string>} query
 */
function streamPath(topic, query) {
  return `${topicPath(topic)}/stream?${new URLSearchParams({ ...query, ...FORMATS })}`;
}
