/**
 * From arguments to an exit code: finds the command, runs it, and turns whatever goes wrong into a sentence.
 * @module
 */
import { parseLine, pathName } from "./args.ts";
import { type Command, CommandFailure, ExitCode, type Terminal } from "./command.ts";
import { root } from "./commands.ts";
import { helpText } from "./help.ts";
import { versionLine } from "./version.ts";

const ERASE_LINE = "\r\x1b[K";
const LINE_FEED = 10;

/** Standard output, standard error and the process's environment. */
export const processTerminal: Terminal = {
  print: (text) => console.log(text),
  write: (text) => writeAll(Deno.stdout, text),
  async writeBytes(bytes) {
    for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
  },
  isAbandoned: async () => (await import("./reader_gone.ts")).isReaderGone(),
  report: (text) => console.error(text),
  get status() {
    return Deno.stderr.isTerminal() ? (text: string) => writeAll(Deno.stderr, ERASE_LINE + text) : undefined;
  },
  get ask() {
    return Deno.stdin.isTerminal() && Deno.stderr.isTerminal() ? askLine : undefined;
  },
  get outputIsTerminal() {
    return Deno.stdout.isTerminal();
  },
  get environment() {
    return Deno.env.toObject();
  },
};

/** Runs what `args` ask for; returns the exit code, and throws nothing. */
export async function main(
  args: readonly string[],
  terminal = processTerminal,
  tree = root,
): Promise<number> {
  if (args.length === 0) {
    terminal.report(helpText([tree]));
    return ExitCode.USAGE;
  }
  if (args.length === 1 && args[0] === "--version") {
    return printed([tree], versionLine(), terminal);
  }
  const line = parseLine(tree, args);
  switch (line.kind) {
    case "help":
      return printed(line.path, helpText(line.path), terminal);
    case "misuse":
      return sayMisuse(line.path, line.message, terminal);
    case "run":
      try {
        return await line.path.at(-1)!.run!({ flags: line.flags, operands: line.operands, terminal });
      } catch (error) {
        return sayFailure(line.path, error, terminal);
      }
  }
}

function printed(path: readonly Command[], text: string, terminal: Terminal): number {
  try {
    terminal.print(text);
    return ExitCode.OK;
  } catch (error) {
    return sayFailure(path, error, terminal);
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
}

/** A line of standard input, without its end; what there is of one at the end of input. */
function askLine(question: string): string {
  writeAll(Deno.stderr, question);
  const line: number[] = [];
  const byte = new Uint8Array(1);
  while (Deno.stdin.readSync(byte) !== null && byte[0] !== LINE_FEED) line.push(byte[0]!);
  return new TextDecoder().decode(new Uint8Array(line));
}

function sayMisuse(path: readonly Command[], message: string, terminal: Terminal): number {
  terminal.report(`milena: ${message}`);
  terminal.report(`Try: ${pathName(path)} --help`);
  return ExitCode.USAGE;
}

function sayFailure(path: readonly Command[], error: unknown, terminal: Terminal): number {
  // Whoever reads has seen enough: "milena dump … | head".
  if (error instanceof Deno.errors.BrokenPipe) return ExitCode.OK;
  if (error instanceof CommandFailure && error.exitCode === ExitCode.USAGE) {
    return sayMisuse(path, error.message, terminal);
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.report(message.split("\n").map((line) => `milena: ${line}`).join("\n"));
  if (terminal.environment["MILENA_DEBUG"] === "1" && error instanceof Error) {
    terminal.report(error.stack ?? "");
  }
  return error instanceof CommandFailure ? error.exitCode : ExitCode.FAILURE;
}
