/**
 * What the keyboard does. A page and each dialog bind keys while they are there; the newest binding of a key counts.
 *
 * Keys have no meaning while one types in a field, but Escape, which leaves it; and none with Ctrl, Alt or Meta, which are
 * the browser's.
 * @module
 */

/**
 * @typedef {object} Key
 * @property {string} keys as KeyboardEvent.key has it; two with a blank between them are pressed one after the other
 * @property {string} does in words, for the list of keys
 * @property {() => void} act
 * @property {boolean} [isHidden] not in the list
 */

const SEQUENCE_MS = 1500;

/** @type {{ readonly title: string, readonly keys: readonly Key[] }[]} */
const bound = [];
let prefix = "";
let prefixAt = -Infinity;

/**
 * Binds keys until the returned function is called.
 *
 * @param {string} title
 * @param {readonly Key[]} keys
 * @returns {() => void}
 */
export function bindKeys(title, keys) {
  const entry = { title, keys };
  bound.unshift(entry);
  return () => {
    const index = bound.indexOf(entry);
    if (index >= 0) bound.splice(index, 1);
  };
}

/** What is bound now, the newest first. */
export function boundKeys() {
  return bound.map(({ title, keys }) => ({ title, keys: keys.filter(({ isHidden }) => !isHidden) }));
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.key === "Shift") return;
  // An open dialog has the keyboard for itself; the browser closes it by Escape.
  if (document.querySelector("dialog:modal") !== null) return;
  const target = /** @type {HTMLElement | null} */ (event.target);
  if (isField(target)) {
    if (event.key === "Escape") target?.blur();
    return;
  }
  const sequence = event.timeStamp - prefixAt < SEQUENCE_MS ? `${prefix} ${event.key}` : event.key;
  prefixAt = -Infinity;
  const key = find(sequence) ?? find(event.key);
  if (key !== undefined) {
    // Enter and the blank press what has the focus.
    if ((event.key === "Enter" || event.key === " ") && target?.closest("a, button, summary") !== null) {
      return;
    }
    event.preventDefault();
    key.act();
  } else if (bound.some(({ keys }) => keys.some(({ keys }) => keys.startsWith(`${event.key} `)))) {
    prefix = event.key;
    prefixAt = event.timeStamp;
  }
}

/** @param {string} sequence */
function find(sequence) {
  for (const { keys } of bound) {
    const found = keys.find(({ keys }) => keys === sequence);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @param {HTMLElement | null} element */
function isField(element) {
  return element !== null && (/^(TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable ||
    (element instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(element.type)));
}

document.addEventListener("keydown", press);
