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
    const [name, ...rest] = word.startsWith("--")
      ? word.split("=")
      : [word.slice(0, 2), ...word.slice(2) && [word]];
    const flag = command.flags?.find((flag) => name === `--${flag.name}` || name === `-${flag.short}`);
    if (flag?.value === undefined || rest.length > 0) {
      if (flag !== undefined) {
        take(flag, word.startsWith("--") ? rest.join("=") : word.slice(2).replace(/^=/, ""));
      }
    } else {
      awaiting = flag;
    }
  }
  return { command, operands, values, awaiting, hasEnded };
}
