/**
 * Where one is, in the part of the address behind "#": `#/topics/orders/settings?partition=2`. So every place has a link,
 * and the server serves one page.
 * @module
 */

/**
 * @typedef {object} Place
 * @property {readonly string[]} path
 * @property {Readonly<Record<string, string>>} query
 */

/**
 * @param {string} hash
 * @returns {Place}
 */
export function parsePlace(hash) {
  const text = hash.replace(/^#?\/?/, "");
  const end = text.indexOf("?");
  const path = (end < 0 ? text : text.slice(0, end)).split("/").filter((part) => part !== "").map(decode);
  const query = Object.fromEntries(new URLSearchParams(end < 0 ? "" : text.slice(end + 1)));
  return { path: path.length === 0 ? ["topics"] : path, query };
}

/**
 * @param {readonly string[]} path
 * @param {Record<string, string | number | undefined>} [query]
 */
export function linkTo(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** Called with each new place, at once: keys that are pressed right after are meant for it. */
let arrive = () => {};

/** @param {() => void} listener */
export function onArrival(listener) {
  arrive = listener;
  addEventListener("hashchange", listener);
}

/**
 * @param {readonly string[]} path
 * @param {Record<string, string | number | undefined>} [query]
 */
export function goTo(path, query) {
  follow(linkTo(path, query));
}

/** Goes where a link leads to. @param {string} link */
export function follow(link) {
  location.hash = link;
  arrive();
}

/** Another query of the same place, without a new page. @param {Record<string, string | number | undefined>} query */
export function replaceQuery(query) {
  history.replaceState(null, "", linkTo(parsePlace(location.hash).path, query));
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
