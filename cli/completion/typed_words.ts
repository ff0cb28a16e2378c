/**
 * The words of an unfinished command line, as far as they lead. What is wrong with them is passed over: somebody is still
 * typing, and the word at the cursor is another.
 * @module
 */
import type { Command, Flag } from "../command.ts";

export interface TypedWords {
  readonly command: Command;
  readonly operands: readonly string[];
  /** By the names of flags; "" for a switch. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The flag whose value is to come next. */
  readonly awaiting: Flag | undefined;
  /** "--" was there: no flags come any more. */
  readonly hasEnded: boolean;
}

export function readTypedWords(tree: Command, words: readonly string[]): TypedWords {
  let command = tree;
  let awaiting: Flag | undefined;
  let hasEnded = false;
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const take = ({ name }: Flag, value: string) => values.set(name, [...values.get(name) ?? [], value]);
  for (const word of words) {
    if (awaiting !== undefined) {
      take(awaiting, word);
      awaiting = undefined;
      continue;
    }
    if (hasEnded || !word.startsWith("-") || word === "-") {
      const next = hasEnded ? undefined : command.commands?.find(({ name }) => name === word);
      if (next === undefined) operands.push(word);
      else command = next;
      continue;
    }
    if (word === "--") {
      hasEnded = true;
      continue;
    }
    const { name, value } = cutFlag(word);
    const flag = command.flags?.find((flag) => name === `--${flag.name}` || name === `-${flag.short}`);
    if (flag === undefined) continue;
    if (flag.value === undefined) take(flag, "");
    else if (value !== undefined) take(flag, value);
    else awaiting = flag;
  }
  return { command, operands, values, awaiting, hasEnded };
}

/** "--format=json" and "-bHOST" have their values with them. */
function cutFlag(word: string): { readonly name: string; readonly value: string | undefined } {
  const end = word.startsWith("--") ? word.indexOf("=") : 2;
  if (end < 0 || end >= word.length) return { name: word, value: undefined };
  return { name: word.slice(0, end), value: word.slice(end).replace(/^=/, "") };
}
