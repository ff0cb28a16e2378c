/**
 * The text of `--help`, from a command's description.
 * @module
 */
import { pathName } from "./args.ts";
import type { Command } from "./command.ts";

export function helpText(path: readonly Command[]): string {
  const command = path.at(-1)!;
  const name = pathName(path);
  const sections = [`${name}: ${command.summary}`, `Usage:\n  ${usageLine(name, command)}`];
  if (command.description !== undefined) sections.push(command.description);
  if (command.commands !== undefined) {
    sections.push(`Commands:\n${columns(command.commands.map(({ name, summary }) => [name, summary]))}`);
  }
  const flags: [string, string][] = (command.flags ?? []).map(({ name, value, summary }) => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    summary,
  ]);
  sections.push(`Flags:\n${columns([...flags, ["--help", "this text"]])}`);
  const examples = command.examples.map(({ line, summary }) => `  ${line}\n      ${summary}`);
  sections.push(`${examples.length === 1 ? "Example" : "Examples"}:\n${examples.join("\n")}`);
  return sections.join("\n\n");
}

function usageLine(name: string, { commands, flags, operands }: Command): string {
  const parts = [name];
  if (commands !== undefined) parts.push("COMMAND");
  if (flags !== undefined && flags.length > 0) parts.push("[flags]");
  if (operands !== undefined) parts.push(`[${operands}]`);
  return parts.join(" ");
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
