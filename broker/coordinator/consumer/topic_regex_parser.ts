/**
 * From the text of a regular expression in RE2's syntax to a program of branches and characters.
 * Source of the syntax: https://github.com/google/re2/wiki/Syntax.
 * @module
 */

/** Of ASCII: 1 for each character that belongs. */
type CharacterSet = Uint8Array;

export type Assertion = "start" | "end" | "boundary" | "noBoundary";

export type Instruction =
  | { readonly kind: "character"; readonly of: CharacterSet; readonly next: number }
  | { readonly kind: "branch"; readonly to: readonly number[] }
  | { readonly kind: "assertion"; readonly of: Assertion; readonly next: number }
  | { readonly kind: "match" };

/** What can't be read as an expression, or is larger than a topic name ever needs. The message ends a sentence. */
export class RegexSyntaxError extends Error {
  override readonly name = "RegexSyntaxError";
}

/** As in RE2. */
const MAX_REPEAT = 1000;
/** A name has at most 249 characters: four instructions for each. */
const MAX_INSTRUCTIONS = 1000;
const MAX_STEPS = 10 * MAX_INSTRUCTIONS;
const MAX_PATTERN_LENGTH = 4096;
const MAX_DEPTH = 200;
const ASCII = 128;

type Node =
  | { readonly kind: "character"; readonly of: CharacterSet }
  | { readonly kind: "assertion"; readonly of: Assertion }
  | { readonly kind: "sequence"; readonly of: readonly Node[] }
  | { readonly kind: "choice"; readonly of: readonly Node[] }
  | { readonly kind: "repeat"; readonly of: Node; readonly min: number; readonly max: number };

export function parseTopicRegex(pattern: string): readonly Instruction[] {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new RegexSyntaxError(`it has ${pattern.length} characters, more than ${MAX_PATTERN_LENGTH}`);
  }
  return new Compiler().compile(new Parser(pattern).parse());
}

class Compiler {
  readonly #program: Instruction[] = [];
  /** Nothing, repeated a thousand times a thousand times, adds no instruction. */
  #stepCount = 0;

  /** The program begins at 0: the whole expression is laid out from its end to its beginning, and then turned around. */
  compile(node: Node): readonly Instruction[] {
    const match = this.#add({ kind: "match" });
    const start = this.#lay(node, match);
    const last = this.#add({ kind: "branch", to: [start] });
    return this.#program.map((_, index) => turned(this.#program[last - index]!, last));
  }

  #add(instruction: Instruction): number {
    if (this.#program.length >= MAX_INSTRUCTIONS) throw tooLarge();
    return this.#program.push(instruction) - 1;
  }

  /** Lays `node` out before `next`; returns where it begins. */
  #lay(node: Node, next: number): number {
    if (++this.#stepCount > MAX_STEPS) throw tooLarge();
    switch (node.kind) {
      case "character":
        return this.#add({ kind: "character", of: node.of, next });
      case "assertion":
        return this.#add({ kind: "assertion", of: node.of, next });
      case "sequence":
        return node.of.reduceRight((next, part) => this.#lay(part, next), next);
      case "choice":
        return this.#add({ kind: "branch", to: node.of.map((part) => this.#lay(part, next)) });
      case "repeat":
        return this.#layRepeat(node.of, node.min, node.max, next);
    }
  }

  #layRepeat(of: Node, min: number, max: number, next: number): number {
    let at = next;
    if (max === Infinity) {
      const to: number[] = [next];
      at = this.#add({ kind: "branch", to });
      to.push(this.#lay(of, at));
    } else {
      for (let count = min; count < max; count++) {
        at = this.#add({ kind: "branch", to: [next, this.#lay(of, at)] });
      }
    }
    for (let count = 0; count < min; count++) at = this.#lay(of, at);
    return at;
  }
}

function tooLarge(): RegexSyntaxError {
  return new RegexSyntaxError(
    `with its repetitions written out it has more than ${MAX_INSTRUCTIONS} parts; a topic name has at most 249 characters`,
  );
}

function turned(instruction: Instruction, last: number): Instruction {
  switch (instruction.kind) {
    case "match":
      return instruction;
    case "branch":
      return { kind: "branch", to: instruction.to.map((at) => last - at) };
    default:
      return { ...instruction, next: last - instruction.next };
  }
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #ignoresCase = false;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw this.#error("an unexpected )");
    return node;
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#error(`groups within groups, deeper than ${MAX_DEPTH}`);
    const outside = this.#ignoresCase;
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    this.#ignoresCase = outside;
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: "choice", of: parts };
  }

  #sequence(): Node {
    const of: Node[] = [];
    while (this.#at < this.#text.length && !this.#sees("|") && !this.#sees(")")) {
      if (!this.#take("\\Q")) of.push(this.#repeated(this.#atom()));
      else {
        // A repetition behind it is of its last character.
        const quoted = this.#quoted();
        const last = quoted.pop();
        if (last !== undefined) of.push(...quoted, this.#repeated(last));
      }
    }
    return { kind: "sequence", of };
  }

  #atom(): Node {
    const before = this.#at;
    const character = this.#next();
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "character", of: this.#class() };
      case ".":
        return { kind: "character", of: setOf((code) => code !== 10) };
      case "^":
        return { kind: "assertion", of: "start" };
      case "$":
        return { kind: "assertion", of: "end" };
      case "*":
      case "+":
      case "?":
        this.#at = before;
        throw this.#error(`a ${character} with nothing before it`);
      case "\\":
        return this.#escape();
      default:
        return { kind: "character", of: this.#cased(only(character)) };
    }
  }

  #repeated(node: Node): Node {
    const before = this.#at;
    let repeat: Node | undefined;
    if (this.#take("*")) repeat = { kind: "repeat", of: node, min: 0, max: Infinity };
    else if (this.#take("+")) repeat = { kind: "repeat", of: node, min: 1, max: Infinity };
    else if (this.#take("?")) repeat = { kind: "repeat", of: node, min: 0, max: 1 };
    else {
      // A { that does not begin a repetition stands for itself.
      const found = /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at, this.#at + 16));
      if (found === null) return node;
      const min = Number(found[1]);
      const max = found[2] === undefined ? min : found[3] === "" ? Infinity : Number(found[3]);
      if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT) || min > max) {
        throw this.#error(
          `the repetition ${found[0]}: wanted at most ${MAX_REPEAT}, the lesser number first`,
        );
      }
      this.#at += found[0].length;
      repeat = { kind: "repeat", of: node, min, max };
    }
    // Whether as much or as little as possible is the same where the whole name must match.
    this.#take("?");
    if (/^([*+?]|\{\d+(,\d*)?\})/.test(this.#text.slice(this.#at, this.#at + 16))) {
      throw this.#error(`the repetition of a repetition ${this.#text.slice(before, this.#at + 1)}`);
    }
    return repeat;
  }

  #group(): Node {
    if (this.#take("?")) {
      const named = /^(P?<)(\w+)>/.exec(this.#text.slice(this.#at));
      if (named !== null) this.#at += named[0].length;
      else {
        const flags = /^([a-zA-Z]*)(-([a-zA-Z]+))?([:)])/.exec(this.#text.slice(this.#at));
        if (flags === null) throw this.#error("a group (?…) of a kind that is not known, as look-around");
        const [whole, on = "", , off = "", end] = flags;
        for (const flag of on + off) {
          if (!"imsU".includes(flag)) throw this.#error(`the flag ${flag}: there are i, m, s and U`);
        }
        this.#at += whole.length;
        const outside = this.#ignoresCase;
        if (on.includes("i")) this.#ignoresCase = true;
        if (off.includes("i")) this.#ignoresCase = false;
        // (?i) is for the rest of the group that it stands in.
        if (end === ")") return { kind: "sequence", of: [] };
        const node = this.#closed();
        this.#ignoresCase = outside;
        return node;
      }
    }
    return this.#closed();
  }

  #closed(): Node {
    const node = this.#choice();
    if (!this.#take(")")) throw this.#error("a missing )");
    return node;
  }

  #escape(): Node {
    const before = this.#at;
    switch (this.#next("a \\ at the end")) {
      case "A":
        return { kind: "assertion", of: "start" };
      case "z":
        return { kind: "assertion", of: "end" };
      case "b":
        return { kind: "assertion", of: "boundary" };
      case "B":
        return { kind: "assertion", of: "noBoundary" };
    }
    this.#at = before;
    return { kind: "character", of: this.#cased(this.#escapedSet()) };
  }

  /** Behind a \: a class, or one character. */
  #escapedSet(): CharacterSet {
    const character = this.#next("a \\ at the end");
    switch (character) {
      case "d":
        return setOf(isDigit);
      case "D":
        return setOf((code) => !isDigit(code));
      case "w":
        return setOf(isWord);
      case "W":
        return setOf((code) => !isWord(code));
      case "s":
        return setOf(isSpace);
      case "S":
        return setOf((code) => !isSpace(code));
      case "p":
        return this.#unicode(false);
      case "P":
        return this.#unicode(true);
      case "a":
        return only("\x07");
      case "f":
        return only("\f");
      case "n":
        return only("\n");
      case "r":
        return only("\r");
      case "t":
        return only("\t");
      case "v":
        return only("\v");
      case "x":
        return this.#hexadecimal();
      case "0":
        return this.#octal();
    }
    if (/[a-zA-Z0-9]/.test(character)) throw this.#error(`\\${character}, which is not known`);
    return only(character);
  }

  #hexadecimal(): CharacterSet {
    const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(this.#text.slice(this.#at));
    if (found === null) throw this.#error("\\x without two hexadecimal digits or {…}");
    this.#at += found[0].length;
    const code = parseInt(found[1] ?? found[2]!, 16);
    return setOf((each) => each === code);
  }

  #octal(): CharacterSet {
    const [digits] = /^[0-7]{0,2}/.exec(this.#text.slice(this.#at))!;
    this.#at += digits.length;
    const code = parseInt(`0${digits}`, 8);
    return setOf((each) => each === code);
  }

  /** \pL, \p{Greek}, \p{^Lu}: of these classes, too, only the ASCII characters matter. */
  #unicode(isNegated: boolean): CharacterSet {
    const found = /^(?:([A-Z])|\{(\^?)(\w+)\})/.exec(this.#text.slice(this.#at));
    if (found === null) throw this.#error("\\p without the name of a class");
    this.#at += found[0].length;
    const name = found[1] ?? found[3]!;
    const isMember = name === "Any" ? () => true : unicodeClass(name);
    if (isMember === undefined) throw this.#error(`the class of characters ${name}, which is not known`);
    const excludes = isNegated !== (found[2] === "^");
    return setOf((code) => isMember(code) !== excludes);
  }

  #class(): CharacterSet {
    const isNegated = this.#take("^");
    const set = new Uint8Array(ASCII);
    // A ] that comes first stands for itself.
    for (let isFirst = true; isFirst || !this.#sees("]"); isFirst = false) {
      if (this.#at >= this.#text.length) throw this.#error("a missing ]");
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#text.slice(this.#at));
      if (posix !== null) {
        const isMember = posixClasses.get(posix[2]!);
        if (isMember === undefined) {
          throw this.#error(`the class of characters ${posix[0]}, which is not known`);
        }
        this.#at += posix[0].length;
        add(set, setOf((code) => isMember(code) !== (posix[1] === "^")));
        continue;
      }
      const low = this.#classPart();
      const isRange = this.#sees("-") && this.#text[this.#at + 1] !== undefined &&
        this.#text[this.#at + 1] !== "]";
      if (!isRange) {
        add(set, low.set);
        continue;
      }
      const before = this.#at;
      this.#at++;
      const high = this.#classPart();
      if (low.code === undefined || high.code === undefined || low.code > high.code) {
        this.#at = before;
        throw this.#error("a range of characters that ends before it begins");
      }
      add(set, setOf((code) => code >= low.code! && code <= high.code!));
    }
    this.#at++;
    const cased = this.#cased(set);
    return isNegated ? cased.map((bit) => 1 - bit) : cased;
  }

  /** One character, with its code, or a class. */
  #classPart(): { readonly set: CharacterSet; readonly code: number | undefined } {
    const before = this.#at;
    const character = this.#next("a missing ]");
    const set = character === "\\" ? this.#escapedSet() : only(character);
    const isOne = character !== "\\" || !/[dDwWsSpP]/.test(this.#text[before + 1]!);
    if (!isOne) return { set, code: undefined };
    return { set, code: character === "\\" ? codeIn(set) : character.codePointAt(0)! };
  }

  #quoted(): Node[] {
    const end = this.#text.indexOf("\\E", this.#at);
    const text = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    return [...text].map((character) => ({ kind: "character", of: this.#cased(only(character)) }));
  }

  #cased(set: CharacterSet): CharacterSet {
    if (!this.#ignoresCase) return set;
    return setOf((code) => set[code] === 1 || set[otherCase(code)] === 1);
  }

  #sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#sees(text)) return false;
    this.#at += text.length;
    return true;
  }

  #next(missing = "an end too early"): string {
    const code = this.#text.codePointAt(this.#at);
    if (code === undefined) throw this.#error(missing);
    const character = String.fromCodePoint(code);
    this.#at += character.length;
    return character;
  }

  #error(found: string): RegexSyntaxError {
    return new RegexSyntaxError(`at character ${this.#at + 1} it has ${found}`);
  }
}

const posixClasses: ReadonlyMap<string, (code: number) => boolean> = new Map(
  Object.entries({
    alnum: (code: number) => isDigit(code) || isLetter(code),
    alpha: isLetter,
    ascii: () => true,
    blank: (code: number) => code === 9 || code === 32,
    cntrl: (code: number) => code < 32 || code === 127,
    digit: isDigit,
    graph: (code: number) => code > 32 && code < 127,
    lower: (code: number) => code >= 97 && code <= 122,
    print: (code: number) => code >= 32 && code < 127,
    punct: (code: number) => code > 32 && code < 127 && !isDigit(code) && !isLetter(code),
    space: (code: number) => isSpace(code) || code === 11,
    upper: (code: number) => code >= 65 && code <= 90,
    word: isWord,
    xdigit: (code: number) => /[0-9a-fA-F]/.test(String.fromCharCode(code)),
  }),
);

function unicodeClass(name: string): ((code: number) => boolean) | undefined {
  for (const property of [name, `Script=${name}`]) {
    try {
      const expression = new RegExp(`^\\p{${property}}$`, "u");
      return (code) => expression.test(String.fromCharCode(code));
    } catch {
      // Not a class of this kind.
    }
  }
}

function setOf(isMember: (code: number) => boolean): CharacterSet {
  return Uint8Array.from({ length: ASCII }, (_, code) => isMember(code) ? 1 : 0);
}

/** Nothing, if the character is not ASCII: no topic name has it. */
function only(character: string): CharacterSet {
  const wanted = character.codePointAt(0)!;
  return setOf((code) => code === wanted);
}

/** Of the one character in a set; beyond ASCII if there is none. */
function codeIn(set: CharacterSet): number {
  const code = set.indexOf(1);
  return code < 0 ? ASCII : code;
}

function add(set: CharacterSet, more: CharacterSet): void {
  for (let code = 0; code < ASCII; code++) set[code]! |= more[code]!;
}

function otherCase(code: number): number {
  return isLetter(code) ? code ^ 32 : code;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

function isWord(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === 95;
}

function isSpace(code: number): boolean {
  return code === 9 || code === 10 || code === 12 || code === 13 || code === 32;
}
