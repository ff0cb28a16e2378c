/**
 * What may come next on a command line that somebody is typing.
 * @module
 */
import { type Command, type CompletedNames, type Flag, FlagValues } from "../command.ts";
import { readTypedWords } from "./typed_words.ts";

export interface Candidate {
  /** In place of the whole word at the cursor. */
  readonly word: string;
  readonly summary: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What fits as well, which shells find by themselves. */
  readonly otherwise: "none" | "files" | "directories";
}

/** Names that are in no table here: most of them only the cluster knows which the flags name. */
export type AskNames = (kind: NameKind, flags: FlagValues) => Promise<readonly string[]>;
export type NameKind = "topic" | "group" | Extract<CompletedNames, string>;

interface Named {
  readonly name: string;
  readonly summary: string;
}

const helpFlag: Flag = { name: "help", summary: "what the command does" };
const NOTHING: Completion = { candidates: [], otherwise: "none" };

/** The last of `words`, which may be empty, is the one at the cursor. */
export async function complete(
  tree: Command,
  words: readonly string[],
  askNames: AskNames,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const typed = readTypedWords(tree, words.slice(0, -1));
  const { command, operands, values, awaiting, hasEnded } = typed;
  const value = (wanted: string, completes: CompletedNames | undefined, typed: string) => {
    const ask = (kind: NameKind) => askNames(kind, new FlagValues(values));
    if (completes === undefined) return completeValue(wanted, typed, ask);
    return typeof completes === "string"
      ? completeKey(wanted, typed, ask(completes))
      : matching(completes.map(plain), typed);
  };
  if (awaiting !== undefined) return await value(awaiting.value!, awaiting.completes, current);
  if (!hasEnded && current.startsWith("-")) {
    const [name, ...rest] = current.split("=");
    const flag = rest.length === 0 ? undefined : command.flags?.find((flag) => name === `--${flag.name}`);
    if (flag?.value === undefined) return matching(flagNames(command, values), current);
    return behind(`${name}=`, await value(flag.value, flag.completes, rest.join("=")));
  }
  if (command.commands !== undefined) return matching(shown(command.commands), current);
  // Where no word is wanted there is nothing but flags.
  if (command.operands === undefined) {
    return current === "" ? matching(flagNames(command, values), "") : NOTHING;
  }
  if (command.operands.startsWith("COMMAND")) {
    const { command: below } = readTypedWords(tree, operands);
    return matching(shown(below.commands ?? []), current);
  }
  const wanted = operandAt(command.operands, operands.length);
  return wanted === undefined ? NOTHING : await value(wanted, command.completes, current);
}

/** What help calls the operand at this place: of "TOPIC [FILE …]" the first is a TOPIC, the others are FILEs. */
function operandAt(operands: string, index: number): string | undefined {
  const names = operands.match(/[A-Z][A-Z_=]*/g) ?? [];
  return index < names.length || operands.includes("…")
    ? names[Math.min(index, names.length - 1)]
    : undefined;
}

/** `wanted`: what help calls the value, which says of what kind it is: "TOPIC …", "table|json|yaml". */
async function completeValue(
  wanted: string,
  typed: string,
  ask: (kind: NameKind) => Promise<readonly string[]>,
): Promise<Completion> {
  if (wanted.startsWith("FILE")) return { ...NOTHING, otherwise: "files" };
  if (/^(DIRECTORY|DATA_DIR)/.test(wanted)) return { ...NOTHING, otherwise: "directories" };
  const names = /^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(wanted)
    ? wanted.split("|")
    : wanted.startsWith("TOPIC")
    ? await ask("topic")
    : wanted.startsWith("GROUP")
    ? await ask("group")
    : [];
  // Of a list the last item is completed.
  const before = wanted.includes("[,…]") ? typed.slice(0, typed.lastIndexOf(",") + 1) : "";
  return behind(before, matching(names.map(plain), typed.slice(before.length)));
}

/** "KEY" or "KEY=VALUE": the value is the user's. */
async function completeKey(
  wanted: string,
  typed: string,
  names: Promise<readonly string[]>,
): Promise<Completion> {
  if (typed.includes("=")) return NOTHING;
  const end = wanted.startsWith("KEY=") ? "=" : "";
  return matching((await names).map((name) => plain(name + end)), typed);
}

function plain(name: string): Named {
  return { name, summary: "" };
}

function matching(names: readonly Named[], typed: string): Completion {
  return {
    candidates: names
      .filter(({ name }) => name.startsWith(typed))
      .map(({ name, summary }) => ({ word: name, summary })),
    otherwise: "none",
  };
}

/** The same for a word that has more before it. */
function behind(before: string, { candidates, otherwise }: Completion): Completion {
  return { candidates: candidates.map(({ word, summary }) => ({ word: before + word, summary })), otherwise };
}

function shown(commands: readonly Command[]): readonly Named[] {
  return commands.filter(({ isHidden }) => isHidden !== true);
}

/** Those that may still be given. */
function flagNames({ flags = [] }: Command, given: ReadonlyMap<string, unknown>): Named[] {
  return [...flags, helpFlag]
    .filter(({ name, isRepeatable }) => isRepeatable === true || !given.has(name))
    .map(({ name, summary }) => ({ name: `--${name}`, summary }));
}
