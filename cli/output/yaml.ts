/**
 * Values as YAML, in block style.
 *
 * What must be true: any parser of YAML 1.1 or 1.2 reads back the value that was written. So a text stands without quotes
 * only if it can be nothing else: "no", "1e3", "12:30" and "~" are other things to some parser.
 * @module
 */
import type { Json } from "./json.ts";

/** Without an end of line at the end. */
export function yamlText(value: Json): string {
  return linesOf(value).join("\n");
}

function linesOf(value: Json): string[] {
  if (isInline(value)) return [inline(value)];
  if (isList(value)) return value.flatMap((item) => behind("- ", linesOf(item)));
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined) return [];
    if (isInline(member)) return [`${textOf(name)}: ${inline(member)}`];
    return [`${textOf(name)}:`, ...linesOf(member).map((line) => `  ${line}`)];
  });
}

/** The first line behind `mark`, the others below it. */
function behind(mark: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? mark : " ".repeat(mark.length)) + line);
}

type Inline = string | number | boolean | null;

function isInline(value: Json): value is Inline {
  return typeof value !== "object" || value === null || isEmpty(value);
}

function isEmpty(value: object): boolean {
  return Object.values(value).every((member) => member === undefined);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function inline(value: Json): string {
  if (typeof value === "string") return textOf(value);
  if (typeof value === "number") return numberOf(value);
  if (typeof value === "object" && value !== null) return isList(value) ? "[]" : "{}";
  return String(value);
}

/** YAML 1.1 takes "1e+21" for a text, for want of a dot; JSON has no number for infinity, and neither have we. */
function numberOf(value: number): string {
  if (!Number.isFinite(value)) return "null";
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

const PLAIN = /^[A-Za-z_/][\w./-]*( [\w./-]*[\w/])*$/;
/** Words of YAML 1.1, in any case. */
const RESERVED = /^(true|false|yes|no|on|off|y|n|null)$/i;
/** What JSON lets stand as it is and YAML takes for the end of a line, or for nothing. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function textOf(text: string): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  return JSON.stringify(text).replaceAll(UNPRINTABLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
