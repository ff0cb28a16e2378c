/**
 * What a terminal shows of the bytes a program wrote: a grid of cells, a cursor, and the alternate screen.
 *
 * What must be true: a sequence that this does not know throws, so that no test passes by what it did not see. Widths of
 * characters are those of `cli/output/text.ts`: a wide one fills two cells, and one that does not fit goes to the next row,
 * as it does in real terminals.
 * @module
 */
import { displayWidth } from "../../cli/output/text.ts";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

interface Cell {
  /** "" in the right half of a wide character. */
  readonly text: string;
  /** Parameters of SGR that are in force, such as "1;31". */
  readonly look: string;
}

interface Buffer {
  cells: Cell[][];
  row: number;
  column: number;
}

const BLANK: Cell = { text: " ", look: "" };
// deno-lint-ignore no-control-regex
const SEQUENCE = /^\x1b(?:\[([?>]?)([\d;]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|([78=>Mc])|[()].)/;
// deno-lint-ignore no-control-regex
const UNFINISHED = /^\x1b(?:\[[?>]?[\d;]*|\][^\x07\x1b]*\x1b?|[()])?$/;

export class TerminalScreen {
  #size: ScreenSize;
  #main: Buffer;
  #buffer: Buffer;
  #saved = { row: 0, column: 0 };
  #look = new Set<number>();
  /** The last column has been written, and the next character goes to the next row. */
  #isWrapDue = false;
  readonly #modes = new Set<number>([25, 7]);
  #pending = "";

  constructor(size: ScreenSize) {
    this.#size = size;
    this.#main = this.#buffer = emptyBuffer(size);
  }

  get size(): ScreenSize {
    return this.#size;
  }

  /** From top to bottom, without spaces at the end. */
  get rows(): string[] {
    return this.#buffer.cells.map((row) => row.map(({ text }) => text).join("").trimEnd());
  }

  /** All rows, without empty ones at the end. */
  get text(): string {
    return this.rows.join("\n").trimEnd();
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#buffer.row, column: this.#buffer.column };
  }

  get isCursorVisible(): boolean {
    return this.#modes.has(25);
  }

  /** Whether what was on the screen before the program is kept beneath. */
  get isAlternate(): boolean {
    return this.#buffer !== this.#main;
  }

  /** Private modes that are on, such as 2004 for bracketed paste; 7 and 25 are from the start. */
  get modes(): ReadonlySet<number> {
    return this.#modes;
  }

  /** The parameters of SGR in force where `text` begins on the first row that has it, such as "1;31"; undefined: nowhere. */
  lookOf(text: string): string | undefined {
    for (const [i, row] of this.rows.entries()) {
      const at = row.indexOf(text);
      if (at < 0) continue;
      let before = "";
      return this.#buffer.cells[i]!.find((cell) => (before += cell.text).length > at)?.look;
    }
    return undefined;
  }

  /** Rows are cut or added at the bottom, columns at the right: programs draw anew. */
  resize(size: ScreenSize): void {
    this.#size = size;
    for (const buffer of new Set([this.#main, this.#buffer])) {
      buffer.cells = emptyBuffer(size).cells.map((row, y) =>
        row.map((_, x) => buffer.cells[y]?.[x] ?? BLANK)
      );
      buffer.row = Math.min(buffer.row, size.rows - 1);
      buffer.column = Math.min(buffer.column, size.columns - 1);
    }
    this.#isWrapDue = false;
  }

  /** Text as it comes: a sequence may be cut in two. */
  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = "";
    while (rest !== "") {
      if (rest[0] !== "\x1b") {
        const character = String.fromCodePoint(rest.codePointAt(0)!);
        this.#put(character);
        rest = rest.slice(character.length);
        continue;
      }
      const match = SEQUENCE.exec(rest);
      if (match === null) {
        if (!UNFINISHED.test(rest)) {
          throw new Error(`a sequence this terminal does not know: ${quoted(rest)}`);
        }
        this.#pending = rest;
        return;
      }
      rest = rest.slice(match[0].length);
      const [whole, mark, parameters, final, short] = match;
      const numbers = (parameters ?? "").split(";").map((digits) =>
        digits === "" ? undefined : Number(digits)
      );
      if (short !== undefined) this.#simple(short);
      else if (final !== undefined && mark === "") this.#control(final, numbers, whole);
      else if (final !== undefined) this.#mode(final, numbers, whole);
    }
  }

  #put(character: string): void {
    const { rows, columns } = this.#size;
    const buffer = this.#buffer;
    switch (character) {
      case "\n":
        return this.#lineFeed();
      case "\r":
        return this.#moveTo(buffer.row, 0);
      case "\b":
        return this.#moveTo(buffer.row, buffer.column - 1);
      case "\t":
        return this.#moveTo(buffer.row, buffer.column - buffer.column % 8 + 8);
      case "\x07":
        return;
    }
    if (character < " " || character === "\x7f") {
      throw new Error(`a control character in the text: ${quoted(character)}`);
    }
    const width = displayWidth(character);
    const line = () => buffer.cells[Math.min(buffer.row, rows - 1)]!;
    if (width === 0) {
      const at = this.#isWrapDue ? buffer.column : Math.max(0, buffer.column - 1);
      const before = line()[at]!;
      line()[at] = { ...before, text: before.text + character };
      return;
    }
    if (this.#isWrapDue || buffer.column + width > columns) {
      buffer.column = 0;
      this.#lineFeed();
    }
    const look = [...this.#look].sort((a, b) => a - b).join(";");
    line()[buffer.column] = { text: character, look };
    if (width === 2) line()[buffer.column + 1] = { text: "", look };
    this.#isWrapDue = buffer.column + width >= columns;
    buffer.column = Math.min(buffer.column + width, columns - 1);
  }

  #simple(final: string): void {
    if (final === "7") this.#saved = { ...this.cursor };
    if (final === "8") this.#moveTo(this.#saved.row, this.#saved.column);
    if (final === "M") this.#moveTo(this.#buffer.row - 1, this.#buffer.column);
    if (final === "c") {
      this.#look.clear();
      this.#buffer.cells = emptyBuffer(this.#size).cells;
      this.#moveTo(0, 0);
    }
  }

  #control(final: string, numbers: readonly (number | undefined)[], whole: string): void {
    const { row, column } = this.#buffer;
    const count = numbers[0] || 1;
    switch (final) {
      case "A":
        return this.#moveTo(row - count, column);
      case "B":
        return this.#moveTo(row + count, column);
      case "C":
        return this.#moveTo(row, column + count);
      case "D":
        return this.#moveTo(row, column - count);
      case "E":
        return this.#moveTo(row + count, 0);
      case "F":
        return this.#moveTo(row - count, 0);
      case "G":
        return this.#moveTo(row, count - 1);
      case "d":
        return this.#moveTo(count - 1, column);
      case "H":
      case "f":
        return this.#moveTo(count - 1, (numbers[1] || 1) - 1);
      case "J":
        return this.#eraseDisplay(numbers[0] ?? 0);
      case "K":
        return this.#eraseLine(row, numbers[0] ?? 0);
      case "X":
        return this.#erase(row, column, column + count);
      case "m":
        return this.#setLook(numbers);
      case "s":
        this.#saved = { row, column };
        return;
      case "u":
        return this.#moveTo(this.#saved.row, this.#saved.column);
      default:
        throw new Error(`a sequence this terminal does not know: ${quoted(whole)}`);
    }
  }

  #mode(final: string, numbers: readonly (number | undefined)[], whole: string): void {
    if (final !== "h" && final !== "l") {
      throw new Error(`a sequence this terminal does not know: ${quoted(whole)}`);
    }
    for (const mode of numbers) {
      if (mode === undefined) continue;
      if (mode === 1049) this.#alternate(final === "h");
      if (final === "h") this.#modes.add(mode);
      else this.#modes.delete(mode);
    }
  }

  #alternate(isOn: boolean): void {
    if (isOn === this.isAlternate) return;
    if (isOn) this.#saved = { ...this.cursor };
    this.#buffer = isOn ? { ...emptyBuffer(this.#size), ...this.cursor } : this.#main;
    this.#isWrapDue = false;
    if (!isOn) this.#moveTo(this.#saved.row, this.#saved.column);
  }

  #setLook(numbers: readonly (number | undefined)[]): void {
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i] ?? 0;
      if (number === 0) this.#look.clear();
      else if (number === 22) [1, 2].forEach((look) => this.#look.delete(look));
      else if (number > 22 && number < 30) this.#look.delete(number - 20);
      else if (number === 38 || number === 48) {
        throw new Error("colours by number are not for every terminal");
      } else {
        // Only one colour of each ground is in force.
        const ground = groundOf(number);
        for (const look of this.#look) if (ground !== 0 && groundOf(look) === ground) this.#look.delete(look);
        if (number !== 39 && number !== 49) this.#look.add(number);
      }
    }
  }

  #eraseDisplay(which: number): void {
    const { row } = this.#buffer;
    if (which === 3) return;
    for (let y = 0; y < this.#size.rows; y++) {
      if (which === 2 || (which === 0 ? y > row : y < row)) this.#eraseLine(y, 2);
    }
    if (which < 2) this.#eraseLine(row, which);
  }

  #eraseLine(row: number, which: number): void {
    const { column } = this.#buffer;
    this.#erase(row, which === 0 ? column : 0, which === 1 ? column + 1 : this.#size.columns);
  }

  #erase(row: number, from: number, to: number): void {
    const line = this.#buffer.cells[row]!;
    for (let x = from; x < Math.min(to, this.#size.columns); x++) line[x] = BLANK;
    this.#isWrapDue = false;
  }

  #lineFeed(): void {
    const buffer = this.#buffer;
    this.#isWrapDue = false;
    if (buffer.row < this.#size.rows - 1) {
      buffer.row++;
      return;
    }
    buffer.cells.shift();
    buffer.cells.push(Array.from({ length: this.#size.columns }, () => BLANK));
  }

  #moveTo(row: number, column: number): void {
    this.#buffer.row = Math.max(0, Math.min(row, this.#size.rows - 1));
    this.#buffer.column = Math.max(0, Math.min(column, this.#size.columns - 1));
    this.#isWrapDue = false;
  }
}

function emptyBuffer({ columns, rows }: ScreenSize): Buffer {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => BLANK));
  return { cells, row: 0, column: 0 };
}

/** 0: not a colour. */
function groundOf(look: number): number {
  if ((look >= 30 && look < 40) || (look >= 90 && look < 98)) return 1;
  return (look >= 40 && look < 50) || (look >= 100 && look < 108) ? 2 : 0;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 20));
}
