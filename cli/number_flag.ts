/**
 * Flags whose value is a whole number.
 * @module
 */
import { CommandFailure, ExitCode } from "./command.ts";

/** Throws a CommandFailure for what is none, or less than `least`. `flag`: "--num". */
export function wholeNumber(flag: string, text: string, least = 0): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least) return value;
  throw new CommandFailure(
    `${flag} is "${text}", but must be a whole number of at least ${least}`,
    ExitCode.USAGE,
  );
}

/** "0,2" of each time the flag was given: without repeats, in order. */
export function wholeNumbers(flag: string, texts: readonly string[]): number[] {
  const numbers = texts.flatMap((text) => text.split(",").map((one) => wholeNumber(flag, one.trim())));
  return [...new Set(numbers)].sort((a, b) => a - b);
}
