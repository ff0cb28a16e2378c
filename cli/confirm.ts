/**
 * Asking before something is lost.
 * @module
 */
import { CommandFailure, ExitCode, type Flag, type Invocation } from "./command.ts";

export const yesFlag: Flag = { name: "yes", short: "y", summary: "do it without asking" };

/** Returns if it is to be done; `what`: "delete topic orders". Throws {@link CommandFailure} if it is not. */
export function confirm({ flags, terminal }: Invocation, what: string): void {
  if (flags.isOn("yes")) return;
  if (terminal.ask === undefined) {
    throw new CommandFailure(
      `${what}? Nobody is here to answer; --yes does it without asking`,
      ExitCode.USAGE,
    );
  }
  const answer = terminal.ask(`milena: ${what}? [y/N] `).trim();
  if (!/^y(es)?$/i.test(answer)) throw new CommandFailure("it was not confirmed, and nothing is done");
}
