/**
 * The command line in this process, for tests: arguments in, exit code and both outputs out.
 * @module
 */
import type { Command, Terminal } from "../command.ts";
import { main } from "../main.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function milena(
  args: string[],
  surroundings: Partial<Terminal> = {},
  tree?: Command,
): Promise<Outcome> {
  let out = "";
  let err = "";
  const terminal: Terminal = {
    print: (text) => void (out += `${text}\n`),
    write: (text) => void (out += text),
    writeBytes: (bytes) => Promise.resolve(void (out += new TextDecoder().decode(bytes))),
    report: (text) => void (err += `${text}\n`),
    environment: {},
    ...surroundings,
  };
  const code = await main(args, terminal, tree);
  return { code, out: out.replace(/\n$/, ""), err: err.replace(/\n$/, "") };
}
