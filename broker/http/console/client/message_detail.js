/**
 * One record as a whole.
 * @module
 */
import { copy } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { ago, bytes, count, isoTime, time } from "./format.js";
import { jsonView, prettyJson } from "./json_view.js";
import { linkTo } from "./router.js";

/** @typedef {import("./records.js").Message} Message */

/** Beyond that a value is shown in part. */
const MAX_SHOWN = 1_000_000;

/**
 * @param {HTMLElement} element
 * @param {Message} message
 * @param {{ onClose: () => void }} options
 */
export function fillWithMessage(element, message, { onClose }) {
  const { topic, partition, offset, timestamp, key, value, headers } = message;
  const link = `${location.origin}/${linkTo(["topics", topic], { partition, offset })}`;
  fill(
    element,
    h(
      "header",
      {},
      h(
        "p",
        { class: "place" },
        h("span", {}, "partition ", h("b", {}, count(partition))),
        h("span", {}, "offset ", h("b", {}, count(offset))),
        h(
          "time",
          { datetime: isoTime(timestamp), title: isoTime(timestamp) },
          time(timestamp),
          " ",
          h("small", {}, ago(timestamp)),
        ),
      ),
      h(
        "div",
        { class: "buttons" },
        h("button", { onclick: () => copyValue(message), title: "Copy the value (y)" }, "Copy value"),
        h("button", { onclick: () => copy(recordOf(message), "The record was copied") }, "Copy record"),
        h("button", { onclick: () => copy(link, "The link was copied") }, "Copy link"),
        h("button", { class: "close", onclick: onClose }, "Close"),
      ),
    ),
    h("h3", {}, "Key"),
    key === null
      ? h("p", { class: "quiet" }, "none")
      : h("pre", {}, message.keyFormat === "base64" ? hexOf(key) : key),
    h("h3", {}, "Headers"),
    headers.length === 0 ? h("p", { class: "quiet" }, "none") : h(
      "dl",
      { class: "headers" },
      ...headers.flatMap((
        { key, value },
      ) => [h("dt", {}, key), h("dd", {}, value ?? h("span", { class: "quiet" }, "null"))]),
    ),
    h("h3", {}, "Value ", h("small", {}, kindOf(message))),
    value === null
      ? h("p", { class: "quiet" }, "none: a tombstone, which deletes what the key had")
      : valueView(message),
  );
}

/** @param {Message} message */
export function copyValue({ value }) {
  copy(value === null ? "" : isJson(value) ? prettyJson(value) : value, "The value was copied");
}

/**
 * A value in one line.
 *
 * @param {Message} message
 */
export function previewOf({ value, valueFormat }) {
  if (value === null) return h("i", {}, "tombstone");
  if (valueFormat === "base64") return h("i", {}, `binary, ${bytes(base64Length(value))}`);
  return value.length === 0 ? h("i", {}, "empty") : value.slice(0, 400).replaceAll(/\s+/g, " ");
}

/** @param {Message} message */
function valueView(message) {
  const value = message.value ?? "";
  if (message.valueFormat === "base64") return h("pre", {}, hexOf(value));
  if (value.length > MAX_SHOWN) {
    return h(
      "div",
      {},
      h("p", { class: "quiet" }, `The first ${bytes(MAX_SHOWN)} of it:`),
      h("pre", {}, value.slice(0, MAX_SHOWN)),
    );
  }
  return isJson(value) ? jsonView(value) : h("pre", {}, value);
}

/** @param {Message} message */
function kindOf({ value, valueFormat }) {
  if (value === null) return "";
  if (valueFormat === "base64") return `binary, ${bytes(base64Length(value))}`;
  const size = bytes(new TextEncoder().encode(value).length);
  return `${isJson(value) ? "JSON" : "text"}, ${size}`;
}

/** As the API writes it, so that it can be produced again. @param {Message} message */
function recordOf({ topic, partition, offset, timestamp, key, value, keyFormat, valueFormat, headers }) {
  return JSON.stringify({
    topic,
    partition,
    offset,
    timestamp,
    key,
    key_format: keyFormat,
    value,
    value_format: valueFormat,
    headers,
  });
}

/** @param {string} text */
function isJson(text) {
  if (!/^\s*[[{"\-\dtfn]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Eight bytes in each line, with what of them is ASCII. @param {string} base64 */
function hexOf(base64) {
  const binary = atob(base64.slice(0, 4 * 5500));
  const lines = [];
  for (let start = 0; start < binary.length; start += 8) {
    const part = [...binary.slice(start, start + 8)];
    const hex = part.map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join(" ");
    const ascii = part.map((byte) => /[ -~]/.test(byte) ? byte : "·").join("");
    lines.push(`${start.toString(16).padStart(6, "0")}  ${hex.padEnd(23)}  ${ascii}`);
  }
  return lines.join("\n");
}

/** @param {string} base64 */
function base64Length(base64) {
  return base64.length / 4 * 3 - (base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0);
}
