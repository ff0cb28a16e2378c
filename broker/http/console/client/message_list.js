/**
 * The records that are shown, in their order, and which of them is selected.
 *
 * What must be true: no record is in it twice; there are at most MAX_MESSAGES; and the selection stays at its record, unless
 * it follows the newest.
 * @module
 */
import { placeOf } from "./records.js";

/** @typedef {import("./records.js").Message} Message */

export const MAX_MESSAGES = 5000;

export class MessageList {
  /** @type {Message[]} */
  messages = [];
  /** -1: none. */
  selected = -1;
  /** Whether the selection goes on to what comes in front. */
  isFollowing = true;
  /** Where the records begin that were dropped at the end, by partition. @type {Map<number, number>} */
  dropped = new Map();
  /** @type {Set<string>} */
  #places = new Set();

  get current() {
    return this.messages[this.selected];
  }

  clear() {
    this.messages = [];
    this.selected = -1;
    this.isFollowing = true;
    this.dropped.clear();
    this.#places.clear();
  }

  /** @param {number} index */
  select(index) {
    if (index < 0 || index >= this.messages.length) return;
    this.selected = index;
    this.isFollowing = index === 0;
  }

  /** Returns how many are new. @param {readonly Message[]} messages */
  append(messages) {
    const added = this.#unknown(messages);
    this.messages.push(...added);
    this.#selectFirst();
    return added.length;
  }

  /** Puts records in front, the last of them first. Returns how many are new. @param {readonly Message[]} messages */
  prepend(messages) {
    const added = this.#unknown(messages);
    this.messages = [...added.reverse(), ...this.messages];
    for (const dropped of this.messages.splice(MAX_MESSAGES)) {
      this.#places.delete(placeOf(dropped));
      this.dropped.set(
        dropped.partition,
        Math.max(dropped.offset + 1, this.dropped.get(dropped.partition) ?? 0),
      );
    }
    if (this.selected < 0 || this.isFollowing) this.#selectFirst();
    else this.selected = Math.min(this.selected + added.length, this.messages.length - 1);
    return added.length;
  }

  /** @param {readonly Message[]} messages @param {(a: Message, b: Message) => number} order */
  insert(messages, order) {
    const current = this.current;
    this.messages = [...this.messages, ...this.#unknown(messages)].sort(order).slice(0, MAX_MESSAGES);
    this.selected = this.isFollowing || current === undefined ? 0 : this.messages.indexOf(current);
  }

  #selectFirst() {
    if (this.selected < 0 || this.isFollowing) this.selected = this.messages.length > 0 ? 0 : -1;
  }

  /** @param {readonly Message[]} messages */
  #unknown(messages) {
    return messages.filter((message) => {
      const place = placeOf(message);
      if (this.#places.has(place)) return false;
      this.#places.add(place);
      return true;
    });
  }
}
