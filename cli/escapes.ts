/**
 * Characters that can't be typed, as backslash and letters: \n \t \r \\ \0 \xHH.
 * @module
 */
const LETTERS: Readonly<Record<string, number>> = { n: 0x0a, t: 0x09, r: 0x0d, "\\": 0x5c, 0: 0 };
const encoder = new TextEncoder();

export const KNOWN_ESCAPES = "\\n \\t \\r \\\\ \\0 \\xHH";

export interface Escape {
  readonly byte: number;
  /** Characters it takes, the backslash included. */
  readonly length: number;
}

/** What the backslash at `position` begins; undefined: nothing that is known. */
export function escapeAt(text: string, position: number): Escape | undefined {
  const hex = /^\\x([0-9a-fA-F]{2})/.exec(text.slice(position, position + 4))?.[1];
  if (hex !== undefined) return { byte: Number.parseInt(hex, 16), length: 4 };
  const letter = text[position + 1] ?? "";
  return Object.hasOwn(LETTERS, letter) ? { byte: LETTERS[letter]!, length: 2 } : undefined;
}

/** The bytes that `text` stands for; undefined if there is an escape in it that is not known. */
export function unescaped(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let position = 0; position < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(position)!);
    if (character !== "\\") {
      bytes.push(...encoder.encode(character));
      position += character.length;
      continue;
    }
    const escape = escapeAt(text, position);
    if (escape === undefined) return undefined;
    bytes.push(escape.byte);
    position += escape.length;
  }
  return Uint8Array.from(bytes);
}
