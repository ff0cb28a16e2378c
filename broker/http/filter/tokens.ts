/**
 * Cuts a filter into its words.
 * @module
 */

export type Token =
  | { readonly kind: "name"; readonly text: string; readonly column: number }
  | { readonly kind: "string"; readonly text: string; readonly column: number }
  | { readonly kind: "number"; readonly value: number; readonly column: number }
  | { readonly kind: "sign"; readonly text: string; readonly column: number }
  | { readonly kind: "end"; readonly column: number };

export class FilterSyntaxError extends Error {
  override name = "FilterSyntaxError";

  /** `column` counts from 1. */
  constructor(message: string, readonly column: number) {
    super(message);
  }
}

/** A filter is written by hand, and is part of a URL. */
const MAX_LENGTH = 4096;

const SPACE = /[ \t\r\n]+/y;
const NAME = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;
const NUMBER = /-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const SIGN = /&&|\|\||==|!=|<=|>=|[<>!().,[\]]/y;
const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/sy;

/** Throws a FilterSyntaxError. */
export function tokensOf(text: string): Token[] {
  if (text.length > MAX_LENGTH) {
    throw new FilterSyntaxError(`it has ${text.length} characters, more than ${MAX_LENGTH}`, MAX_LENGTH + 1);
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < text.length) {
    if (take(SPACE) !== undefined) continue;
    const column = at + 1;
    const first = text[at]!;
    let word: string | undefined;
    if (first === '"' || first === "'") {
      word = take(STRING);
      if (word === undefined) throw new FilterSyntaxError("a text begins here that does not end", column);
      tokens.push({ kind: "string", text: unquoted(word, column), column });
    } else if ((word = take(NUMBER)) !== undefined) {
      tokens.push({ kind: "number", value: Number(word), column });
    } else if ((word = take(NAME)) !== undefined) {
      tokens.push({ kind: "name", text: word, column });
    } else if ((word = take(SIGN)) !== undefined) {
      tokens.push({ kind: "sign", text: word, column });
    } else {
      const hint = first === "="
        ? "; equal is =="
        : first === "&"
        ? "; and is &&"
        : first === "|"
        ? "; or is ||"
        : "";
      throw new FilterSyntaxError(`${JSON.stringify(first)} means nothing here${hint}`, column);
    }
  }
  tokens.push({ kind: "end", column: text.length + 1 });
  return tokens;
}

/** Escapes are JSON's; between single quotes a double quote need not be escaped. */
function unquoted(quoted: string, column: number): string {
  const inner = quoted.slice(1, -1);
  const json = quoted.startsWith('"') ? inner : inner.replaceAll("\\'", "'").replaceAll(/(?<!\\)"/g, '\\"');
  try {
    return JSON.parse(`"${json.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`);
  } catch {
    throw new FilterSyntaxError(
      String.raw`the text that begins here has an escape that JSON does not have`,
      column,
    );
  }
}
