/**
 * What is done to a topic in dialogs: create, delete, add partitions.
 * @module
 */
import { addPartitions, createTopic, deleteTopic } from "./api.js";
import { askInDialog, labelled } from "./dialogs.js";
import { h } from "./dom.js";
import { count, plural } from "./format.js";

const DAY_MS = 86_400_000;

/** @returns {Promise<string | undefined>} the name of the topic */
export function createTopicInDialog() {
  const name = h("input", {
    required: true,
    maxlength: 249,
    autocomplete: "off",
    spellcheck: "false",
    autofocus: true,
  });
  const partitions = h("input", { type: "number", min: 1, placeholder: "as the broker has it" });
  const retention = h(
    "select",
    {},
    h("option", { value: "" }, "as the broker has it"),
    ...[[1, "1 day"], [7, "7 days"], [30, "30 days"]].map(([days, text]) =>
      h("option", { value: Number(days) * DAY_MS }, `${text}`)
    ),
    h("option", { value: -1 }, "for ever"),
  );
  const isCompacted = h("input", { type: "checkbox" });
  return askInDialog({
    title: "Create a topic",
    content: [
      labelled("Name", name, "Letters, digits, “.”, “_” and “-”."),
      labelled("Partitions", partitions, "More can be added later, never fewer."),
      labelled("Keep records", retention),
      h("label", { class: "check" }, isCompacted, "Compact: keep the last record of each key"),
    ],
    action: "Create",
    isReady: () => name.value.trim() !== "" && partitions.validity.valid,
    async submit() {
      const topic = name.value.trim();
      await createTopic(topic, {
        partitions: partitions.value === "" ? undefined : partitions.valueAsNumber,
        settings: {
          ...(retention.value === "" ? {} : { "retention.ms": retention.value }),
          ...(isCompacted.checked ? { "cleanup.policy": "compact" } : {}),
        },
      });
      return topic;
    },
  });
}

/**
 * @param {import("./api.js").Topic} topic
 * @returns {Promise<boolean | undefined>} true: it is gone
 */
export function deleteTopicInDialog({ name, records, partitions }) {
  const typed = h("input", { autocomplete: "off", spellcheck: "false", autofocus: true });
  return askInDialog({
    title: `Delete ${name}?`,
    content: [
      h(
        "p",
        {},
        `${records === null ? "All records" : `About ${plural(records, "record")}`} in ${
          plural(partitions, "partition")
        } will be gone. This cannot be undone.`,
      ),
      labelled(`Type “${name}” to delete it`, typed),
    ],
    action: "Delete for ever",
    isDangerous: true,
    isReady: () => typed.value === name,
    async submit() {
      await deleteTopic(name);
      return true;
    },
  });
}

/**
 * @param {import("./api.js").Topic} topic
 * @returns {Promise<boolean | undefined>} true: there are more now
 */
export function addPartitionsInDialog({ name, partitions }) {
  const wanted = h("input", { type: "number", min: partitions + 1, value: partitions + 1, autofocus: true });
  return askInDialog({
    title: "Add partitions",
    content: [
      labelled("Partitions", wanted, `There are ${count(partitions)} now.`),
      h(
        "p",
        { class: "quiet" },
        "Records stay where they are. A key may go to another partition from then on, and there can never be fewer.",
      ),
    ],
    action: "Add",
    isReady: () => wanted.value !== "" && wanted.validity.valid,
    async submit() {
      await addPartitions(name, wanted.valueAsNumber);
      return true;
    },
  });
}
