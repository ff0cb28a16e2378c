/**
 * The settings of a topic: what they are, where that comes from, and changing them.
 * @module
 */
import { changeSetting, listSettings } from "./api.js";
import { askInDialog, fillWithError, labelled, note } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { bytes, duration } from "./format.js";
import { bindKeys } from "./keys.js";

/** @typedef {import("./api.js").Setting} Setting */

/** @param {string} topic */
export function settingsView(topic) {
  /** @type {Setting[]} */
  let settings = [];
  const filter = h("input", {
    type: "search",
    placeholder: "Filter by name  /",
    "aria-label": "Filter by name",
    oninput: draw,
  });
  const content = h("div", {}, h("p", { class: "quiet" }, "Loading…"));

  function draw() {
    const shown = settings.filter(({ name }) => name.includes(filter.value.trim()));
    const given = shown.filter(isGiven);
    const others = shown.filter((setting) => !isGiven(setting));
    fill(
      content,
      h("h2", {}, "Set for this topic"),
      given.length > 0
        ? listOf(given)
        : h("p", { class: "quiet" }, "Nothing: everything is as the broker has it. Change a setting below."),
      h("h2", {}, "As the broker has it"),
      listOf(others),
    );
  }

  /** @param {readonly Setting[]} shown */
  function listOf(shown) {
    return h(
      "table",
      { class: "settings" },
      h(
        "tbody",
        {},
        ...shown.map((setting) =>
          h(
            "tr",
            {},
            h(
              "td",
              {},
              h("code", {}, setting.name),
              setting.documentation && h("small", {}, firstSentence(setting.documentation)),
            ),
            h(
              "td",
              {},
              h("b", {}, setting.is_sensitive ? "hidden" : setting.value ?? "none"),
              h("small", {}, inWords(setting)),
            ),
            h(
              "td",
              {},
              !setting.is_read_only && h("button", {
                onclick: () => change(setting),
                "aria-label": `Change ${setting.name}`,
              }, "Change"),
            ),
          )
        ),
      ),
    );
  }

  /** @param {Setting} setting */
  async function change(setting) {
    const field = setting.type === "BOOLEAN"
      ? h(
        "select",
        {},
        ...["true", "false"].map((word) => h("option", { selected: word === setting.value }, word)),
      )
      : h("input", { value: setting.value ?? "", spellcheck: "false", autocomplete: "off", autofocus: true });
    const back = h("input", { type: "checkbox", onchange: () => field.disabled = back.checked });
    const isDone = await askInDialog({
      title: setting.name,
      content: [
        setting.documentation && h("p", { class: "quiet" }, setting.documentation),
        labelled("Value", field, inWords(setting)),
        isGiven(setting) && h("label", { class: "check" }, back, "Back to what the broker has"),
      ],
      action: "Change",
      async submit() {
        await changeSetting(topic, setting.name, back.checked ? null : field.value);
        return true;
      },
    });
    if (isDone !== true) return;
    note(`${setting.name} was changed`);
    await load();
  }

  async function load() {
    try {
      settings = (await listSettings(topic)).sort((a, b) => a.name < b.name ? -1 : 1);
      draw();
    } catch (error) {
      fillWithError(content, error);
    }
  }

  /** @type {(() => void) | undefined} */
  let unbind;
  return {
    element: h("div", {}, h("div", { class: "tools" }, filter), content),
    begin() {
      unbind = bindKeys("Settings", [{ keys: "/", does: "filter by name", act: () => filter.focus() }]);
      load();
    },
    refresh: load,
    end: () => unbind?.(),
  };
}

/** @param {Setting} setting */
function isGiven({ source }) {
  return source === "DYNAMIC_TOPIC_CONFIG";
}

/** A number of milliseconds or bytes as people read it. @param {Setting} setting */
function inWords({ name, value }) {
  const number = Number(value);
  if (value === null || value === "" || !Number.isFinite(number)) return "";
  if (number >= Number.MAX_SAFE_INTEGER) return "never";
  if (/\.ms$/.test(name)) return duration(number);
  if (/\.bytes$/.test(name)) return number < 0 ? "no limit" : bytes(number);
  return "";
}

/** @param {string} text */
function firstSentence(text) {
  return /^[\s\S]*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}
