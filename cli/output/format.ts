/**
 * `--format`: the result of a command for people, or for programs.
 * @module
 */
import { didYouMean } from "../../protocol/nearest_name.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { type Json, jsonText } from "./json.ts";
import { type Format, FORMATS } from "./format_flag.ts";
import { type Style, styleOf } from "./style.ts";
import { yamlText } from "./yaml.ts";

export interface Result {
  /** What programs get. */
  readonly value: Json;
  /** What people get. */
  readonly text: (style: Style) => string;
}

/** What --format says. Throws {@link CommandFailure}; called before anything is done. */
export function formatOf({ flags }: Invocation): Format {
  const given = flags.text("format") ?? "table";
  const format = FORMATS.find((format) => format === given);
  if (format !== undefined) return format;
  throw new CommandFailure(
    `--format is "${given}", but must be one of ${FORMATS.join(", ")}${didYouMean(given, FORMATS)}`,
    ExitCode.USAGE,
  );
}

/** Writes a result in the format that was asked for. */
export function printResult(invocation: Invocation, { value, text }: Result): void {
  const { terminal } = invocation;
  const format = formatOf(invocation);
  const written = format === "json"
    ? jsonText(value)
    : format === "yaml"
    ? yamlText(value)
    : text(styleOf(terminal));
  terminal.write(`${written}\n`);
}
