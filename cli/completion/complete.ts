/**
 * What may come next on a command line that somebody is typing.
 *
 * What must be true: it is an answer within about a second, whatever the cluster does; and never an error, since there is
 * nobody to read it.
 * @module
 */
import { Admin } from "../../client/admin/admin.ts";
import { clusterConfigOf } from "../cluster_config.ts";
import { type Command, ExitCode, type Flag, FlagValues, type Invocation, type Terminal } from "../command.ts";

export interface Candidate {
  /** In place of the whole word at the cursor. */
  readonly word: string;
  readonly summary: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell finds by itself. */
  readonly otherwise: "none" | "files" | "directories";
}

/** Names that only the cluster knows. */
export type AskNames = (kind: "topic" | "group", flags: FlagValues) => Promise<readonly string[]>;

const PATIENCE_MS = 1000;
const helpFlag: Flag = { name: "help", summary: "what the command does" };
const NOTHING: Completion = { candidates: [], otherwise: "none" };

/** Prints for a shell what its line may go on with; `operands`: its words. */
export async function answerShell(tree: Command, { operands, terminal }: Invocation): Promise<number> {
  const { candidates, otherwise } = await complete(tree, operands, (kind, flags) => {
    return namesOf(kind, flags, terminal);
  });
  const lines = candidates.map(({ word, summary }) => `${word}\t${summary}`);
  terminal.write([`:${otherwise}`, ...lines].join("\n") + "\n");
  return ExitCode.OK;
}

/** The last of `words`, which may be empty, is the one at the cursor. */
export async function complete(
  tree: Command,
  words: readonly string[],
  askNames: AskNames,
): Promise<Completion> {
  const current = words.at(-1) ?? "";
  const { command, operands, values, awaiting, hasEnded } = walk(tree, words.slice(0, -1));
  const flags = new FlagValues(values);
  const value = (text: string, before: string) => completeValue(text, current.slice(before.length), before);
  const completeValue = async (text: string, typed: string, before: string): Promise<Completion> => {
    // In a list only its last item is completed.
    const list = /\[,…\]/.test(text) ? typed.slice(0, typed.lastIndexOf(",") + 1) : "";
    const { names, otherwise } = await possible(text);
    return { candidates: matching(names, typed.slice(list.length), before + list), otherwise };
  };
  const possible = async (
    text: string,
  ): Promise<{ names: readonly Named[]; otherwise: Completion["otherwise"] }> => {
    if (/^[a-z]+(\|[a-z]+)+$/.test(text)) return { names: text.split("|").map(plain), otherwise: "none" };
    if (/^FILE/.test(text)) return { names: [], otherwise: "files" };
    if (/^(DIRECTORY|DATA_DIR)/.test(text)) return { names: [], otherwise: "directories" };
    const kind = /^TOPIC/.test(text) ? "topic" : /^GROUP/.test(text) ? "group" : undefined;
    if (kind === undefined) return { names: [], otherwise: "none" };
    return { names: (await askNames(kind, flags)).map(plain), otherwise: "none" };
  };

  if (awaiting !== undefined) return await value(awaiting.value!, "");
  if (!hasEnded && current.startsWith("-")) {
    const equals = current.indexOf("=");
    const flag = equals < 0
      ? undefined
      : command.flags?.find((flag) => `--${flag.name}` === current.slice(0, equals));
    if (flag?.value !== undefined) return await value(flag.value, current.slice(0, equals + 1));
    return { candidates: matching(flagNames(command, values), current), otherwise: "none" };
  }
  if (command.commands !== undefined) {
    return { candidates: matching(shown(command.commands), current), otherwise: "none" };
  }
  if (command.operands === undefined) {
    return current === ""
      ? { candidates: flagNames(command, values).map(asCandidate), otherwise: "none" }
      : NOTHING;
  }
  if (/^COMMAND/.test(command.operands)) {
    const { command: below } = walk(tree, operands);
    return { candidates: matching(shown(below.commands ?? []), current), otherwise: "none" };
  }
  const isFull = !command.operands.includes("…") && operands.length > 0;
  return isFull ? NOTHING : await value(command.operands, "");
}

interface Named {
  readonly name: string;
  readonly summary: string;
}

interface Walked {
  readonly command: Command;
  readonly operands: readonly string[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The flag whose value is to come. */
  readonly awaiting: Flag | undefined;
  /** "--" was there: no flags come any more. */
  readonly hasEnded: boolean;
}

/** How far whole words lead; what is wrong with them is passed over, since it is not the word at the cursor. */
function walk(tree: Command, words: readonly string[]): Walked {
  let command = tree;
  let awaiting: Flag | undefined;
  let hasEnded = false;
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const take = (flag: Flag, value: string) => {
    values.set(flag.name, [...values.get(flag.name) ?? [], value]);
    awaiting = undefined;
  };
  for (const word of words) {
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = command.flags?.find((flag) => name === `--${flag.name}` || name === `-${flag.short}`);
    if (awaiting !== undefined) take(awaiting, word);
    else if (word === "--") hasEnded = true;
    else if (!hasEnded && flag !== undefined) {
      if (flag.value === undefined) take(flag, "");
      else if (equals < 0) awaiting = flag;
      else take(flag, word.slice(equals + 1));
    } else if (hasEnded || !word.startsWith("-")) {
      const next = command.commands?.find(({ name }) => name === word);
      if (next !== undefined) command = next;
      else operands.push(word);
    }
  }
  return { command, operands, values, awaiting, hasEnded };
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

function plain(name: string): Named {
  return { name, summary: "" };
}

function asCandidate({ name, summary }: Named): Candidate {
  return { word: name, summary };
}

function matching(names: readonly Named[], typed: string, before = ""): Candidate[] {
  return names
    .filter(({ name }) => name.startsWith(typed))
    .map(({ name, summary }) => ({ word: before + name, summary }));
}

/** What the cluster that the line is about has; nothing if it does not say so soon. */
async function namesOf(
  kind: "topic" | "group",
  flags: FlagValues,
  terminal: Terminal,
): Promise<readonly string[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    using admin = new Admin({
      ...clusterConfigOf({ flags, operands: [], terminal }),
      "default.api.timeout.ms": PATIENCE_MS,
    });
    const names = kind === "topic"
      ? admin.listTopics().then((topics) =>
        topics.filter(({ isInternal }) => !isInternal).map(({ name }) => name)
      )
      : admin.listGroups().then((groups) => groups.map(({ id }) => id));
    const late = new Promise<string[]>((resolve) => timer = setTimeout(() => resolve([]), PATIENCE_MS));
    // A shell's lines are lines.
    // deno-lint-ignore no-control-regex
    return (await Promise.race([names, late])).filter((name) => !/[\u0000-\u001f\u007f]/.test(name));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}
