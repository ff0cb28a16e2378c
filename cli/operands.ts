/**
 * Words and numbers of a command line, held against what the command wants.
 * @module
 */
import { CommandFailure, ExitCode, type FlagValues, type Invocation } from "./command.ts";

/** All operands, of which there must be one; `what`: "a topic". Throws {@link CommandFailure}. */
export function someOperands({ operands }: Invocation, what: string): readonly string[] {
  if (operands.length === 0) throw new CommandFailure(`which? It wants ${what}, or several`, ExitCode.USAGE);
  return [...new Set(operands)];
}

/** The one operand. Throws {@link CommandFailure}. */
export function oneOperand({ operands }: Invocation, what: string): string {
  if (operands.length === 1) return operands[0]!;
  throw new CommandFailure(
    operands.length === 0
      ? `which? It wants ${what}`
      : `it wants ${what}, and was given ${operands.length} words: ${operands.join(" ")}`,
    ExitCode.USAGE,
  );
}

export interface NumberRange {
  readonly least: number;
  readonly most?: number;
}

/** A whole number; undefined: the flag is not given. Throws {@link CommandFailure}. */
export function numberFlag(flags: FlagValues, name: string, range: NumberRange): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const { least, most = Number.MAX_SAFE_INTEGER } = range;
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const wanted = range.most === undefined ? `of at least ${least}` : `between ${least} and ${most}`;
  throw new CommandFailure(`--${name} is "${text}", but must be a whole number ${wanted}`, ExitCode.USAGE);
}

/** "key=value" texts by key; later ones count. Throws {@link CommandFailure}. `from`: "--config". */
export function keyValues(texts: readonly string[], from: string): Map<string, string> {
  return new Map(texts.map((text) => {
    const equals = text.indexOf("=");
    if (equals >= 1) return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
    throw new CommandFailure(
      `${from} is "${text}", but must be KEY=VALUE, such as retention.ms=60000`,
      ExitCode.USAGE,
    );
  }));
}

/** Partition numbers: "0,2,5-7". Throws {@link CommandFailure}. */
export function partitionNumbers(texts: readonly string[], from: string): number[] | undefined {
  if (texts.length === 0) return undefined;
  const numbers = texts.flatMap((text) => text.split(",")).flatMap((part) => {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim()) ?? [];
    const [low, high] = [Number(first), Number(last)];
    if (first === undefined || high < low || high - low > 1_000_000) {
      throw new CommandFailure(
        `${from} has "${part}", but must be partition numbers such as 0,2,5-7`,
        ExitCode.USAGE,
      );
    }
    return Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}
