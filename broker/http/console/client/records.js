/**
 * Reading records: the newest first, or from a place on.
 *
 * What must be true: a value is shown as it is stored, so it is asked for as text; as JSON its long numbers would be rounded
 * here.
 * @module
 */
import { ApiError, ask, topicPath } from "./api.js";

/**
 * @typedef {object} Header
 * @property {string} key
 * @property {string | null} value
 * @property {string} [value_format]
 */

/**
 * @typedef {object} Message
 * @property {string} topic
 * @property {number} partition
 * @property {number} offset
 * @property {number} timestamp
 * @property {string | null} key
 * @property {string | null} value
 * @property {"text" | "base64"} keyFormat
 * @property {"text" | "base64"} valueFormat
 * @property {readonly Header[]} headers
 */

/** The offsets there are: [start, end). @typedef {{ readonly partition: number, readonly start: number, readonly end: number }} Range */

const PAGE_BYTES = 256 * 1024;
const BACK_STEP = 50;
const MAX_BACK_STEP = 50_000;
/** Requests at the same time; a browser has six connections to a host. */
const PARALLEL = 4;

/**
 * @param {any} record as the API has it
 * @returns {Message}
 */
export function messageOf(record) {
  const { topic, partition, offset, timestamp, key, value, key_format, value_format, headers } = record;
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: textOf(key),
    value: textOf(value),
    keyFormat: key_format === "base64" ? "base64" : "text",
    valueFormat: value_format === "base64" ? "base64" : "text",
    headers: headers ?? [],
  };
}

/** @param {unknown} value @returns {string | null} */
function textOf(value) {
  return value === null || value === undefined
    ? null
    : typeof value === "string"
    ? value
    : JSON.stringify(value);
}

/** A name for a record that no other has. @param {Message} message */
export function placeOf({ partition, offset }) {
  return `${partition}:${offset}`;
}

/** The newest first. @param {Message} a @param {Message} b */
export function byNewest(a, b) {
  if (a.partition === b.partition) return b.offset - a.offset;
  return b.timestamp - a.timestamp || a.partition - b.partition;
}

/**
 * What the answer of one read has.
 *
 * @typedef {object} Read
 * @property {Message[]} messages
 * @property {number} next the offset to go on at
 * @property {number} end the offset of the next record to be written
 */

/**
 * @param {string} topic
 * @param {number} partition
 * @param {{ offset?: number, timestamp?: number, signal?: AbortSignal | undefined }} options
 * @returns {Promise<Read>}
 */
export async function read(topic, partition, { offset, timestamp, signal }) {
  const query = new URLSearchParams({
    ...(timestamp === undefined
      ? { offset: String(offset ?? "earliest") }
      : { timestamp: String(timestamp) }),
    max_bytes: String(PAGE_BYTES),
    timeout: "0",
    key_format: "text",
    value_format: "text",
  });
  const response = await ask(`${topicPath(topic)}/partitions/${partition}/records?${query}`, { signal });
  return {
    messages: (await response.json()).map(messageOf),
    next: Number(response.headers.get("milena-next-offset")),
    end: Number(response.headers.get("milena-end-offset")),
  };
}

/** Reads a topic, or one of its partitions, from its newest record backwards. */
export class BackwardReader {
  #topic;
  #signal;
  /** @type {{ partition: number, start: number, low: number, step: number, waiting: Message[] }[]} */
  #lanes;

  /**
   * @param {string} topic
   * @param {readonly Range[]} ranges
   * @param {AbortSignal} signal
   */
  constructor(topic, ranges, signal) {
    this.#topic = topic;
    this.#signal = signal;
    this.#lanes = ranges.map(({ partition, start, end }) => ({
      partition,
      start,
      low: end,
      step: BACK_STEP,
      waiting: [],
    }));
  }

  get isAtStart() {
    return this.#lanes.every(({ low, start, waiting }) => low <= start && waiting.length === 0);
  }

  /**
   * The next `count` records, the newest first. Fewer: there are no more.
   *
   * @param {number} count
   */
  async next(count) {
    /** @type {Message[]} */
    const messages = [];
    while (messages.length < count && !this.isAtStart) {
      // Which record is the newest is known only where each partition has told its own.
      const silent = this.#lanes.filter(({ waiting, low, start }) => waiting.length === 0 && low > start);
      await inParallel(silent, (lane) => this.#readBack(lane));
      if (this.#lanes.some(({ waiting, low, start }) => waiting.length === 0 && low > start)) continue;
      let newest;
      for (const lane of this.#lanes) {
        const [head] = lane.waiting;
        if (head !== undefined && (newest === undefined || byNewest(head, newest.head) < 0)) {
          newest = { head, lane };
        }
      }
      if (newest === undefined) break;
      newest.lane.waiting.shift();
      messages.push(newest.head);
    }
    return messages;
  }

  /** @param {{ partition: number, start: number, low: number, step: number, waiting: Message[] }} lane */
  async #readBack(lane) {
    const from = Math.max(lane.start, lane.low - lane.step);
    /** @type {Message[]} */
    const found = [];
    for (let offset = from; offset < lane.low;) {
      const { messages, next } = await readOrSkip(this.#topic, lane.partition, offset, this.#signal);
      found.push(...messages.filter((message) => message.offset < lane.low));
      if (next <= offset) break;
      offset = next;
    }
    // Where a topic is compacted there may be long stretches of nothing.
    lane.step = found.length === 0 ? Math.min(MAX_BACK_STEP, 4 * lane.step) : BACK_STEP;
    lane.low = from;
    lane.waiting.push(...found.reverse());
  }
}

/** Reads on from a place, the oldest first. */
export class ForwardReader {
  #topic;
  #signal;
  /** @type {{ partition: number, next: number | undefined, end: number, timestamp: number | undefined, waiting: Message[] }[]} */
  #lanes;

  /**
   * @param {string} topic
   * @param {readonly Range[]} ranges
   * @param {{ timestamp?: number | undefined }} from default: the start of each range
   * @param {AbortSignal} signal
   */
  constructor(topic, ranges, { timestamp }, signal) {
    this.#topic = topic;
    this.#signal = signal;
    this.#lanes = ranges.map(({ partition, start, end }) => ({
      partition,
      next: timestamp === undefined ? start : undefined,
      end,
      timestamp,
      waiting: [],
    }));
  }

  /**
   * The next `count` records by time. Fewer: there are no more now.
   *
   * @param {number} count
   */
  async next(count) {
    /** @type {Message[]} */
    const messages = [];
    while (messages.length < count) {
      const silent = this.#lanes.filter(hasMore);
      await inParallel(silent, (lane) => this.#readOn(lane));
      if (this.#lanes.some(hasMore)) continue;
      let oldest;
      for (const lane of this.#lanes) {
        const [head] = lane.waiting;
        if (head !== undefined && (oldest === undefined || byNewest(head, oldest.head) > 0)) {
          oldest = { head, lane };
        }
      }
      if (oldest === undefined) break;
      oldest.lane.waiting.shift();
      messages.push(oldest.head);
    }
    return messages;
  }

  /** @param {{ partition: number, next: number | undefined, end: number, timestamp: number | undefined, waiting: Message[] }} lane */
  async #readOn(lane) {
    const { messages, next, end } = lane.next === undefined && lane.timestamp !== undefined
      ? await read(this.#topic, lane.partition, { timestamp: lane.timestamp, signal: this.#signal })
      : await readOrSkip(this.#topic, lane.partition, lane.next ?? 0, this.#signal);
    // Nothing came although the end is not reached: it is not there any more.
    lane.end = next <= (lane.next ?? -1) ? next : Math.max(lane.end, end);
    lane.next = next;
    lane.waiting.push(...messages);
  }
}

/** @param {{ next: number | undefined, end: number, waiting: Message[] }} lane */
function hasMore({ next, end, waiting }) {
  return waiting.length === 0 && (next === undefined || next < end);
}

/**
 * Reads at an offset; one batch that can't be read is passed over.
 *
 * @param {string} topic
 * @param {number} partition
 * @param {number} offset
 * @param {AbortSignal} signal
 * @returns {Promise<Read>}
 */
async function readOrSkip(topic, partition, offset, signal) {
  try {
    return await read(topic, partition, { offset, signal });
  } catch (error) {
    const behind = /offset=(\d+) goes on after/.exec(error instanceof ApiError ? error.message : "");
    if (behind === null) throw error;
    return { messages: [], next: Number(behind[1]), end: Number(behind[1]) };
  }
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<void>} act
 */
async function inParallel(items, act) {
  const queue = items.values();
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, async () => {
    for (const item of queue) await act(item);
  }));
}
