/**
 * Prometheus' text format, as /metrics gives it.
 * @module
 */

/**
 * @typedef {object} Sample
 * @property {string} name
 * @property {Readonly<Record<string, string>>} labels
 * @property {number} value
 */

/**
 * The samples in `text`; a line that is none is passed over.
 *
 * @param {string} text
 * @returns {Generator<Sample>}
 */
export function* parseMetrics(text) {
  for (let start = 0; start < text.length;) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    if (text[start] !== "#" && end > start) {
      const sample = parseLine(text.slice(start, end));
      if (sample !== undefined) yield sample;
    }
    start = end + 1;
  }
}

/**
 * @param {string} line
 * @returns {Sample | undefined}
 */
function parseLine(line) {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  let position = name.length;
  /** @type {Record<string, string>} */
  const labels = {};
  if (line[position] === "{") {
    const label = /\s*([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?/y;
    label.lastIndex = position + 1;
    for (let match; (match = label.exec(line)) !== null; position = label.lastIndex) {
      labels[match[1] ?? ""] = unescape(match[2] ?? "");
    }
    position = line.indexOf("}", Math.max(position, name.length));
    if (position < 0) return undefined;
    position++;
  }
  const value = numberOf(line.slice(position).trim().split(/\s+/, 1)[0] ?? "");
  return value === undefined ? undefined : { name, labels, value };
}

/** @param {string} text */
function unescape(text) {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\(.)/g, (_, letter) => letter === "n" ? "\n" : letter);
}

/** @param {string} text */
function numberOf(text) {
  if (text === "+Inf" || text === "Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  if (text === "NaN") return NaN;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}
