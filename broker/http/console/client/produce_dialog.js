/**
 * The dialog that writes a record by hand.
 * @module
 */
import { produce } from "./api.js";
import { askInDialog, labelled } from "./dialogs.js";
import { h } from "./dom.js";

/** What was typed last, for the next record. */
const last = { key: "", value: "", headers: "", partition: "" };

/**
 * @param {string} topic
 * @param {number | undefined} partitions
 * @returns {Promise<{ partition: number, offset: number, durability: string } | undefined>}
 */
export function produceInDialog(topic, partitions = 1) {
  const key = h("input", { value: last.key, autocomplete: "off", spellcheck: "false", placeholder: "none" });
  const value = h("textarea", { rows: 9, spellcheck: "false", autofocus: true }, last.value);
  const headers = h("textarea", { rows: 2, spellcheck: "false", placeholder: "trace: abc" }, last.headers);
  const isTombstone = h("input", { type: "checkbox", onchange: () => value.disabled = isTombstone.checked });
  const kind = h("small", { class: "kind" });
  const partition = h(
    "select",
    {},
    h("option", { value: "" }, "by the key"),
    ...Array.from(
      { length: partitions },
      (_, i) => h("option", { value: i, selected: last.partition === `${i}` }, `${i}`),
    ),
  );

  /** Says whether it is JSON, since a missing comma is not seen otherwise. */
  function judge() {
    const text = value.value.trim();
    if (text === "") kind.textContent = "An empty value.";
    else if (isJson(text)) kind.textContent = "JSON.";
    else kind.textContent = /^[{["]/.test(text) ? "Not JSON: it is written as text." : "Text.";
  }
  value.addEventListener("input", judge);
  judge();

  return askInDialog({
    title: `Produce to ${topic}`,
    content: [
      labelled("Key", key, "Empty: no key."),
      h("label", { class: "field" }, h("span", {}, "Value"), value, kind),
      labelled("Headers", headers, "One in each line: name: value"),
      h(
        "div",
        { class: "pair" },
        labelled("Partition", partition),
        h("label", { class: "check" }, isTombstone, "Tombstone (no value)"),
      ),
    ],
    action: "Produce",
    async submit() {
      Object.assign(last, {
        key: key.value,
        value: value.value,
        headers: headers.value,
        partition: partition.value,
      });
      return await produce(topic, {
        key: key.value === "" ? null : key.value,
        value: isTombstone.checked ? null : value.value,
        partition: partition.value === "" ? undefined : Number(partition.value),
        headers: parseHeaders(headers.value),
      });
    },
  });
}

/** @param {string} text */
function parseHeaders(text) {
  return text.split("\n").filter((line) => line.trim() !== "").map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`“${line}” is no header: write name: value`);
    return { key: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() };
  });
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
