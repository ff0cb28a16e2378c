/**
 * Keys, from what a terminal sends for them.
 *
 * What must be true: bytes may come in any pieces. A lone escape is the key of that name only once nothing has followed it
 * for a moment, which `flush` says; a sequence that means nothing here is left out as a whole.
 * @module
 */

export type Key =
  /** A character that was typed. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "named"; readonly name: KeyName };

export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "page-up"
  | "page-down"
  | "tab"
  | "back-tab"
  | "enter"
  | "escape"
  | "backspace"
  | "erase-word"
  | "erase-line"
  | "redraw"
  | "suspend"
  | "interrupt";

const CONTROLS: Readonly<Record<string, KeyName>> = {
  "\x03": "interrupt",
  "\x08": "backspace",
  "\t": "tab",
  "\n": "enter",
  "\x0c": "redraw",
  "\r": "enter",
  "\x15": "erase-line",
  "\x17": "erase-word",
  "\x1a": "suspend",
  "\x7f": "backspace",
};

/** By what stands behind "ESC [" or "ESC O": a letter, or digits and "~". */
const SEQUENCES: Readonly<Record<string, KeyName>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  Z: "back-tab",
  "1~": "home",
  "4~": "end",
  "5~": "page-up",
  "6~": "page-down",
  "7~": "home",
  "8~": "end",
};

// With a key held down beside it an arrow is "ESC [ 1 ; 5 A": what is held makes no difference here.
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[([\d;<=>?]*)([@-~])|O([A-Za-z]))/;
// deno-lint-ignore no-control-regex
const UNFINISHED = /^\x1b(?:\[[\d;<=>?]*|O)?$/;
/** What is longer and has no end is no key. */
const MAX_SEQUENCE = 32;

export class KeyParser {
  #pending = "";
  readonly #decoder = new TextDecoder();

  /** Whether something has come that could be the beginning of a key. */
  get isUnfinished(): boolean {
    return this.#pending !== "";
  }

  push(bytes: Uint8Array): Key[] {
    let rest = this.#pending + this.#decoder.decode(bytes, { stream: true });
    this.#pending = "";
    const keys: Key[] = [];
    while (rest !== "") {
      if (UNFINISHED.test(rest) && rest.length < MAX_SEQUENCE) {
        this.#pending = rest;
        break;
      }
      const [key, length] = first(rest);
      if (key !== undefined) keys.push(key);
      rest = rest.slice(length);
    }
    return keys;
  }

  /** Nothing has followed for a moment. */
  flush(): Key[] {
    const isEscape = this.#pending === "\x1b";
    this.#pending = "";
    return isEscape ? [{ kind: "named", name: "escape" }] : [];
  }
}

/** The key at the beginning of `text`, if it is one, and how much of the text it takes. */
function first(text: string): [Key | undefined, number] {
  if (text[0] === "\x1b") {
    const match = SEQUENCE.exec(text);
    if (match === null && text[1] === "\x1b") return [{ kind: "named", name: "escape" }, 1];
    // Alt and a character: nothing here, and by no means escape.
    if (match === null) return [undefined, 1 + String.fromCodePoint(text.codePointAt(1)!).length];
    const [whole, parameters, final, application] = match;
    const letter = final ?? application!;
    const name = SEQUENCES[letter === "~" ? `${parameters!.split(";")[0]}~` : letter];
    return [name === undefined ? undefined : { kind: "named", name }, whole.length];
  }
  const character = String.fromCodePoint(text.codePointAt(0)!);
  const name = CONTROLS[character];
  if (name !== undefined) return [{ kind: "named", name }, 1];
  return [character < " " ? undefined : { kind: "text", text: character }, character.length];
}
