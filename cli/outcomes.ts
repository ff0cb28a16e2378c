/**
 * What became of each of several things that a command was about: a line each, and 1 as the exit code if one has failed.
 * @module
 */
import { ResponseError } from "../client/response_error.ts";
import { ExitCode, type Invocation } from "./command.ts";
import { printResult } from "./output/format.ts";
import type { Json } from "./output/json.ts";
import { tableText } from "./output/table.ts";

export interface Outcome {
  readonly name: string;
  /** A word for what was done: "created". */
  readonly status: string;
  /** What else programs are told of it. */
  readonly details?: { readonly [name: string]: Json | undefined };
  /** Why it was not done. */
  readonly error?: ResponseError;
}

/** Does `work` for each name, all at the same time; what a broker refuses is an outcome, anything else is thrown. */
export function outcomesOf(
  names: readonly string[],
  work: (name: string) => Promise<Omit<Outcome, "name">>,
): Promise<Outcome[]> {
  return Promise.all(names.map(async (name) => {
    try {
      return { name, ...await work(name) };
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      return { name, status: "failed", error };
    }
  }));
}

/** `kind`: "topic". Returns the exit code. */
export function printOutcomes(invocation: Invocation, kind: string, outcomes: readonly Outcome[]): number {
  printResult(invocation, {
    value: outcomes.map(({ name, status, details, error }) => ({
      [kind]: name,
      status,
      ...details,
      error: error?.codeName,
      message: error === undefined ? undefined : sentenceOf(error),
    })),
    text: (style) =>
      tableText(
        [kind.toUpperCase(), "STATUS"],
        outcomes.map(({ name, status, error }) => [
          name,
          error === undefined ? status : `${error.codeName}: ${sentenceOf(error)}`,
        ]),
        { style },
      ),
  });
  return outcomes.some(({ error }) => error !== undefined) ? ExitCode.FAILURE : ExitCode.OK;
}

/** What the broker said, or what its code means. */
export function sentenceOf({ detail, meaning }: ResponseError): string {
  return detail ?? meaning;
}
