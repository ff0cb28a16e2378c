/**
 * A value as people read it: JSON set out in lines, with its parts told apart; anything else as it is.
 *
 * What must be true: what is shown is what is stored. Numbers are never parsed, which would round long ones: the text is
 * set out token by token.
 * @module
 */
import { h } from "./dom.js";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/g;
/** Beyond that much colour is of no use, and of much cost. */
const MAX_COLOURED = 200_000;

/**
 * @param {string} json
 * @returns {HTMLElement}
 */
export function jsonView(json) {
  const view = h("pre", { class: "json" });
  if (json.length > MAX_COLOURED) {
    view.textContent = prettyJson(json);
    return view;
  }
  for (const { text, kind } of setOut(json)) {
    view.append(kind === "" ? text : h("span", { class: kind }, text));
  }
  return view;
}

/** @param {string} json */
export function prettyJson(json) {
  let pretty = "";
  for (const { text } of setOut(json)) pretty += text;
  return pretty;
}

/**
 * @param {string} json
 * @returns {Generator<{ readonly text: string, readonly kind: string }>}
 */
function* setOut(json) {
  const tokens = json.match(TOKEN) ?? [];
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    const next = tokens[i + 1];
    if (token === "{" || token === "[") {
      const isEmpty = next === "}" || next === "]";
      if (!isEmpty) depth++;
      yield { text: token + (isEmpty ? "" : lineBreak(depth)), kind: "" };
    } else if (token === "}" || token === "]") {
      const before = tokens[i - 1];
      const isEmpty = before === "{" || before === "[";
      if (!isEmpty) depth--;
      yield { text: (isEmpty ? "" : lineBreak(depth)) + token, kind: "" };
    } else if (token === ",") {
      yield { text: `,${lineBreak(depth)}`, kind: "" };
    } else if (token === ":") {
      yield { text: ": ", kind: "" };
    } else if (token.startsWith('"')) {
      yield { text: token, kind: next === ":" ? "name" : "string" };
    } else {
      yield { text: token, kind: /^[-\d]/.test(token) ? "number" : "word" };
    }
  }
}

/** @param {number} depth */
function lineBreak(depth) {
  return `\n${"  ".repeat(depth)}`;
}
