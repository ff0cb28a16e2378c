/**
 * `--format` as a template in the words of kcat and rpk: "%t-%p@%o %k=%v\n".
 *
 *     %t topic   %p partition   %o offset   %T or %d timestamp, ms since 1970
 *     %k key     %v or %s value             %K and %V or %S their lengths in bytes, -1 for null
 *     %h headers, "a=1,b=2"                 %h{%k=%v } the same, each as the braces say      %H how many
 *     %k{hex}, %v{base64}, %T{iso}          in another way
 *     %% %{ %}                              the character      \n \t \r \\ \0 \xHH           likewise
 *
 * What must be true: a template is read once, what is wrong with it is told by its column, and keys and values are copied
 * as bytes, whatever they are.
 * @module
 */
import { CommandFailure, ExitCode } from "../command.ts";
import { escapeAt, KNOWN_ESCAPES } from "../escapes.ts";

/** How the bytes of a key or a value are shown. */
export type Show = "bytes" | "hex" | "base64";

export type Piece =
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  | { readonly kind: "key" | "value"; readonly show: Show }
  | { readonly kind: "headers"; readonly each: readonly Piece[] | undefined }
  | { readonly kind: "topic" | "partition" | "offset" | "timestamp" | "isoTime" }
  | { readonly kind: "keyLength" | "valueLength" | "headerCount" };

const SHOWS: readonly string[] = ["hex", "base64"] satisfies Show[];
const LETTERS = "t p o T k v h K V H";
const NUMBERS: Readonly<
  Record<string, "partition" | "offset" | "keyLength" | "valueLength" | "headerCount">
> = {
  p: "partition",
  o: "offset",
  K: "keyLength",
  V: "valueLength",
  S: "valueLength",
  H: "headerCount",
};
const encoder = new TextEncoder();

/** Throws a CommandFailure that names the column of what is wrong. */
export function parseTemplate(text: string): Piece[] {
  const parser = new TemplateParser(text);
  return parser.pieces(false);
}

class TemplateParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end, or to the brace that closes what is said of each header. */
  pieces(isOfHeader: boolean): Piece[] {
    const pieces: Piece[] = [];
    let literal: number[] = [];
    const flush = () => {
      if (literal.length > 0) pieces.push({ kind: "literal", bytes: Uint8Array.from(literal) });
      literal = [];
    };
    const begin = this.#position;
    while (this.#position < this.#text.length) {
      const character = String.fromCodePoint(this.#text.codePointAt(this.#position)!);
      const next = this.#text[this.#position + 1] ?? "";
      if (character === "}" && isOfHeader) {
        this.#position++;
        flush();
        return pieces;
      }
      if (character === "\\") literal.push(this.#escape());
      else if (character === "%" && next !== "" && "%{}".includes(next)) {
        literal.push(next.charCodeAt(0));
        this.#position += 2;
      } else if (character === "%") {
        flush();
        pieces.push(this.#piece(isOfHeader));
      } else {
        literal.push(...encoder.encode(character));
        this.#position += character.length;
      }
    }
    if (isOfHeader) this.#fail(begin - 1, "this brace is not closed");
    flush();
    return pieces;
  }

  #piece(isOfHeader: boolean): Piece {
    const start = this.#position;
    const letter = this.#text[start + 1] ?? "";
    this.#position += 2;
    if (isOfHeader && !"kvsKVS".includes(letter) || letter === "") {
      this.#fail(start, isOfHeader ? "of a header there are %k, %v, %K and %V" : "a letter must follow %");
    }
    switch (letter) {
      case "k":
      case "v":
      case "s":
        return {
          kind: letter === "k" ? "key" : "value",
          show: this.#word(SHOWS) as Show | undefined ?? "bytes",
        };
      case "t":
        return { kind: "topic" };
      case "T":
      case "d":
        return { kind: this.#word(["iso"]) === "iso" ? "isoTime" : "timestamp" };
      case "h":
        if (this.#text[this.#position] !== "{") return { kind: "headers", each: undefined };
        this.#position++;
        return { kind: "headers", each: this.pieces(true) };
    }
    const kind = NUMBERS[letter];
    if (kind === undefined) {
      const known = LETTERS.split(" ").map((one) => `%${one}`).join(" ");
      this.#fail(start, `there is no %${letter}; there are ${known}, and %% for the character`);
    }
    return { kind };
  }

  /** What stands in braces here, one of `known`; undefined if there are none. */
  #word(known: readonly string[]): string | undefined {
    if (this.#text[this.#position] !== "{") return undefined;
    const start = this.#position;
    const end = this.#text.indexOf("}", start);
    if (end < 0) this.#fail(start, "this brace is not closed");
    const word = this.#text.slice(start + 1, end);
    if (!known.includes(word)) {
      this.#fail(start, `in braces ${known.join(" or ")} may stand here, not "${word}"`);
    }
    this.#position = end + 1;
    return word;
  }

  #escape(): number {
    const escape = escapeAt(this.#text, this.#position);
    if (escape === undefined) {
      this.#fail(this.#position, `a backslash begins nothing that is known: ${KNOWN_ESCAPES}`);
    }
    this.#position += escape.length;
    return escape.byte;
  }

  #fail(position: number, message: string): never {
    throw new CommandFailure(
      `--format is "${this.#text}", where at column ${position + 1} ${message}`,
      ExitCode.USAGE,
    );
  }
}
