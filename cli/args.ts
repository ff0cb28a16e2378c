/**
 * Reads a command line by its description (`command.ts`). Cutting arguments into tokens is `node:util.parseArgs`'s
 * work; what they mean, and what to say of those that mean nothing, is decided here.
 * @module
 */
import { parseArgs } from "node:util";
import { didYouMean } from "../protocol/nearest_name.ts";
import { type Command, type Flag, FlagValues } from "./command.ts";

/** What a command line asks for. `path` is the chain of commands from the root. */
export type ParsedLine =
  | {
    readonly kind: "run";
    readonly path: readonly Command[];
    readonly flags: FlagValues;
    readonly operands: readonly string[];
  }
  | { readonly kind: "help"; readonly path: readonly Command[] }
  | { readonly kind: "misuse"; readonly path: readonly Command[]; readonly message: string };

/** `args` are the words after the program's name. */
export function parseLine(root: Command, args: readonly string[]): ParsedLine {
  const path = [root];
  let command = root;
  let position = 0;
  for (; position < args.length && command.commands !== undefined; position++) {
    const word = args[position]!;
    if (isHelp(word)) return { kind: "help", path: followPath(path, args.slice(position + 1)) };
    if (word.startsWith("-")) {
      const names = (command.flags ?? []).map(dashed);
      return misuse(path, `${word} is no flag of ${pathName(path)}${didYouMean(word, names)}`);
    }
    const next = command.commands.find(({ name }) => name === word);
    if (next === undefined) {
      const names = command.commands.map(({ name }) => name);
      return misuse(path, `${word} is no command of ${pathName(path)}${didYouMean(word, names)}`);
    }
    path.push(next);
    command = next;
  }
  if (command.run === undefined) {
    return misuse(
      path,
      `${pathName(path)} wants a command: ${command.commands?.map(({ name }) => name).join(", ")}`,
    );
  }
  return parseFlags(path, command, args.slice(position));
}

/** "milena config print" */
export function pathName(path: readonly Command[]): string {
  return path.map(({ name }) => name).join(" ");
}

function parseFlags(path: readonly Command[], command: Command, args: readonly string[]): ParsedLine {
  const flags = command.flags ?? [];
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ["help", { type: "boolean", short: "h" } as const],
      ...flags.map(({ name, short, value }) => {
        const type = value === undefined ? "boolean" : "string";
        return [name, { type, multiple: true, ...short === undefined ? {} : { short } }] as const;
      }),
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (tokens.some((token) => token.kind === "option" && token.name === "help")) return { kind: "help", path };
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, inlineValue } = token;
    const flag = flags.find((flag) => spellings(flag).includes(rawName));
    if (flag === undefined) {
      const hint = rawName.startsWith("--") ? didYouMean(rawName, flags.map(dashed)) : "";
      return misuse(path, `${rawName} is no flag of ${pathName(path)}${hint}`);
    }
    // "-b=HOST" is what "-b HOST" and "--bootstrap=HOST" are.
    const isShort = !rawName.startsWith("--");
    const value = isShort && inlineValue ? token.value?.replace(/^=/, "") : token.value;
    // Without strictness a flag without its value takes the next flag for it.
    const isMissing = value === undefined || (!inlineValue && isFlag(value, flags));
    if (flag.value !== undefined && isMissing) {
      return misuse(path, `${rawName} wants a value: ${rawName} ${flag.value}`);
    }
    if (flag.value === undefined && value !== undefined) {
      return misuse(path, `${rawName} takes no value, but was given "${value}"`);
    }
    const before = values.get(flag.name);
    if (before !== undefined && flag.isRepeatable !== true) {
      return misuse(path, `${rawName} is given more than once`);
    }
    values.set(flag.name, [...before ?? [], value ?? ""]);
  }
  if (command.operands === undefined && operands.length > 0) {
    const hint = didYouMean(operands[0]!, flags.map(({ name }) => name)).replace("mean ", "mean --");
    return misuse(path, `${pathName(path)} takes no words but flags, and was given "${operands[0]}"${hint}`);
  }
  return { kind: "run", path, flags: new FlagValues(values), operands };
}

/** `path`, and on from there as far as `words` name commands. */
export function followPath(path: readonly Command[], words: readonly string[]): readonly Command[] {
  const next = path.at(-1)!.commands?.find(({ name }) => name === words[0]);
  return next === undefined ? path : followPath([...path, next], words.slice(1));
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

function dashed({ name }: { readonly name: string }): string {
  return `--${name}`;
}

/** "--bootstrap" and "-b" */
function spellings(flag: Flag): string[] {
  return flag.short === undefined ? [dashed(flag)] : [dashed(flag), `-${flag.short}`];
}

/** Rather than the value of the flag before it, which may begin with a dash: "-10" is an offset, "-" standard input. */
function isFlag(word: string, flags: readonly Flag[]): boolean {
  return word.startsWith("--") || flags.some((flag) => spellings(flag).includes(word));
}

function misuse(path: readonly Command[], message: string): ParsedLine {
  return { kind: "misuse", path, message };
}
