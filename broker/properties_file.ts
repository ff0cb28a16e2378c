/**
 * Reads `server.properties`: Java's properties format, as Kafka's own file is written.
 *
 * What must be true: every entry that `java.util.Properties` would see is seen here, with the same name and value, and
 * with the number of the line it starts on, so that a message about it can say where it is.
 *
 * - "#" and "!" as a line's first visible character make a comment; a comment does not go on over a backslash.
 * - A line that ends in an odd number of backslashes goes on in the next one, whose leading blanks don't count.
 * - A name ends at the first unescaped "=", ":" or blank; blanks and one "=" or ":" after it belong to neither.
 * - \t \n \r \f and \uXXXX are what they are in Java; any other escaped character stands for itself.
 * @module
 */

export interface PropertyEntry {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** All entries in their order; a name that comes twice is there twice. */
export function parseProperties(text: string): PropertyEntry[] {
  const entries: PropertyEntry[] = [];
  for (const { text: logical, line } of logicalLines(text)) {
    const end = nameEnd(logical);
    const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(logical.slice(end))![0];
    entries.push({
      name: unescape(logical.slice(0, end)),
      value: unescape(logical.slice(end + separator.length)),
      line,
    });
  }
  return entries;
}

/** Lines with their continuations, without comments and blank ones. */
function logicalLines(text: string): { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let unfinished: { text: string; line: number } | undefined;
  text.split(/\r\n|\n|\r/).forEach((natural, index) => {
    const trimmed = natural.replace(/^[ \t\f]+/, "");
    if (unfinished === undefined && (trimmed === "" || /^[#!]/.test(trimmed))) return;
    const current = unfinished ?? { text: "", line: index + 1 };
    const goesOn = /\\*$/.exec(trimmed)![0].length % 2 === 1;
    current.text += goesOn ? trimmed.slice(0, -1) : trimmed;
    unfinished = goesOn ? current : undefined;
    if (!goesOn) lines.push(current);
  });
  if (unfinished !== undefined) lines.push(unfinished);
  return lines;
}

function nameEnd(line: string): number {
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (/[=: \t\f]/.test(line[i]!)) return i;
  }
  return line.length;
}

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|(.))/g,
    (_, hex: string | undefined, character: string) =>
      hex === undefined ? escapes[character] ?? character : String.fromCharCode(parseInt(hex, 16)),
  );
}
