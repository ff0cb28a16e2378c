/**
 * The text of `--help`, from a command's description.
 *
 * What must be true: no line is wider than {@link HELP_COLUMNS}, which terminals side by side still have.
 * @module
 */
import { pathName } from "./args.ts";
import type { Command, Flag } from "./command.ts";

export const HELP_COLUMNS = 100;

export function helpText(path: readonly Command[]): string {
  const command = path.at(-1)!;
  const name = pathName(path);
  const sections = [`${name}: ${command.summary}`, `Usage:\n  ${usageLine(name, command)}`];
  if (command.description !== undefined) sections.push(wrapped(command.description));
  if (command.commands !== undefined) {
    const shown = command.commands.filter(({ isHidden }) => isHidden !== true);
    sections.push(`Commands:\n${columns(shown.map(({ name, summary }) => [name, summary]))}`);
  }
  const flags = [...command.flags ?? [], helpFlag];
  const names = new Set(flags.map(sectionOf));
  for (const name of ["Flags", ...[...names].filter((name) => name !== "Flags")]) {
    const ofSection = flags.filter((flag) => sectionOf(flag) === name);
    sections.push(`${name}:\n${columns(ofSection.map((flag) => [spelling(flag), flag.summary]))}`);
  }
  const examples = command.examples.map(({ line, summary }) => `  ${line}\n      ${summary}`);
  sections.push(`${examples.length === 1 ? "Example" : "Examples"}:\n${examples.join("\n")}`);
  return sections.join("\n\n");
}

const helpFlag: Flag = { name: "help", short: "h", summary: "this text" };

function sectionOf({ section = "Flags" }: Flag): string {
  return section;
}

/** "-b, --bootstrap HOST:PORT[,…]"; names without a letter stand below those with one. */
function spelling({ name, short, value }: Flag): string {
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function usageLine(name: string, { commands, flags, operands, areOperandsOptional }: Command): string {
  const parts = [name];
  if (commands !== undefined) parts.push("COMMAND");
  if (flags !== undefined && flags.length > 0) parts.push("[flags]");
  if (operands !== undefined) parts.push(areOperandsOptional === true ? `[${operands}]` : operands);
  return parts.join(" ");
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => {
    const beside = wrapped(right, HELP_COLUMNS - width - 4).split("\n");
    return beside.map((line, i) => `  ${(i === 0 ? left : "").padEnd(width)}  ${line}`).join("\n");
  }).join("\n");
}

/** Each line of `text` in lines that are narrow enough. */
function wrapped(text: string, columns = HELP_COLUMNS): string {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    for (const word of paragraph.split(" ")) {
      const line = lines.at(-1);
      if (line !== undefined && line.length + 1 + word.length <= columns) {
        lines[lines.length - 1] = `${line} ${word}`;
      } else lines.push(word);
    }
    return lines;
  }).join("\n");
}
