/**
 * Dialogs, short notes at the edge, and what stands where there is nothing.
 * @module
 */
import { fill, h } from "./dom.js";

/**
 * A dialog with a form. `submit` may throw: the error is shown in it, and it stays open. Resolves with what `submit` gave,
 * or undefined if it was left.
 *
 * @template T
 * @param {object} options
 * @param {string} options.title
 * @param {readonly import("./dom.js").Child[]} options.content
 * @param {string} options.action what the button says
 * @param {boolean} [options.isDangerous]
 * @param {(form: HTMLFormElement) => Promise<T>} options.submit
 * @param {(form: HTMLFormElement) => boolean} [options.isReady] whether the button can be pressed; asked at each input
 * @returns {Promise<T | undefined>}
 */
export function askInDialog({ title, content, action, isDangerous = false, submit, isReady = () => true }) {
  return new Promise((resolve) => {
    /** @type {T | undefined} */
    let result;
    const complaint = h("p", { class: "error", role: "alert", hidden: true });
    const button = h("button", { class: isDangerous ? "danger" : "primary" }, action);
    const form = h(
      "form",
      {
        method: "dialog",
        oninput: () => button.disabled = !isReady(form),
        onsubmit: async (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          button.disabled = true;
          complaint.hidden = true;
          try {
            result = await submit(form);
            dialog.close();
          } catch (error) {
            complaint.hidden = false;
            complaint.textContent = messageOf(error);
            button.disabled = false;
          }
        },
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
        },
      },
      h("h2", {}, title),
      ...content,
      complaint,
      h(
        "div",
        { class: "actions" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        button,
      ),
    );
    const dialog = h("dialog", {
      onclose: () => {
        dialog.remove();
        resolve(result);
      },
    }, form);
    button.disabled = !isReady(form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * A dialog that only shows something.
 *
 * @param {string} title
 * @param {readonly import("./dom.js").Child[]} content
 */
export function show(title, content) {
  const dialog = h(
    "dialog",
    {
      onclose: () => dialog.remove(),
      // Whatever is pressed on the backdrop is pressed on the dialog itself.
      onclick: (/** @type {MouseEvent} */ event) => event.target === dialog && dialog.close(),
    },
    h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      ...content,
      h("div", { class: "actions" }, h("button", {}, "Close")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} label
 * @param {HTMLElement} field
 * @param {string} [hint]
 */
export function labelled(label, field, hint) {
  return h(
    "label",
    { class: "field" },
    h("span", {}, label),
    field,
    hint !== undefined && h("small", {}, hint),
  );
}

const notes = h("div", { class: "notes", role: "status" });

/** Says something for a few seconds. @param {string} text @param {{ isError?: boolean }} [options] */
export function note(text, { isError = false } = {}) {
  if (notes.parentNode === null) document.body.append(notes);
  const element = h("p", { class: isError ? "note error" : "note" }, text);
  notes.append(element);
  setTimeout(() => element.remove(), isError ? 10_000 : 3500);
}

/** @param {string} text @param {string} [what] */
export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard but on localhost; the old way still works.
    const area = h("textarea", { class: "offscreen" });
    area.value = text;
    (document.querySelector("dialog:modal") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  note(what);
}

/** A command line with a button that copies it. @param {string} text */
export function command(text) {
  return h(
    "div",
    { class: "command" },
    h("code", {}, text),
    h("button", { type: "button", onclick: () => copy(text) }, "Copy"),
  );
}

/**
 * What is shown where there is nothing: why, and what to do.
 *
 * @param {string} title
 * @param {...import("./dom.js").Child} content
 */
export function emptyState(title, ...content) {
  return h("div", { class: "empty" }, h("h2", {}, title), ...content);
}

/** @param {Element} element @param {unknown} error */
export function fillWithError(element, error) {
  fill(element, h("p", { class: "error", role: "alert" }, messageOf(error)));
}

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
