/**
 * Colours, where somebody looks and has not said that they are not wanted.
 * @module
 */
import type { Terminal } from "../command.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = { readonly [Name in keyof typeof CODES]: (text: string) => string };

/** Of what `terminal` prints. In a pipe, under NO_COLOR and on a dumb terminal texts stay as they are. */
export function styleOf({ outputIsTerminal, environment }: Terminal): Style {
  const isPlain = outputIsTerminal !== true || !!environment["NO_COLOR"] || environment["TERM"] === "dumb";
  const entries = Object.entries(CODES).map(([name, code]) => [
    name,
    isPlain ? (text: string) => text : (text: string) => `\x1b[${code}m${text}\x1b[0m`,
  ]);
  return Object.fromEntries(entries) as Style;
}
