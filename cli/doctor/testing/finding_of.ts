/**
 * What a check says, in one line: "warn: 100 may be open → raise it".
 * @module
 */
import type { Check, Finding, Surroundings } from "../check.ts";
import { madeUpMachine, surroundingsOf } from "./made_up.ts";

type MachineParts = Parameters<typeof madeUpMachine>[0];

export async function findingOf(
  check: Check,
  surroundings: Surroundings = surroundingsOf(),
): Promise<string> {
  const found = await check.run(surroundings);
  return ("status" in found ? [found] : found).map(lineOf).join("\n");
}

/** On a machine that is good but for `parts`. */
export function findingOn(
  check: Check,
  parts: MachineParts,
  rest: Partial<Surroundings> = {},
): Promise<string> {
  return findingOf(check, surroundingsOf({ machine: madeUpMachine(parts), ...rest }));
}

function lineOf({ name, status, found, advice }: Finding): string {
  const line = `${status}: ${found}${advice === undefined ? "" : ` → ${advice}`}`;
  return name === undefined ? line : `[${name}] ${line}`;
}
