/**
 * Node, which runs what `scripts/npm.ts` has built: what the client does where there is no Deno.
 * @module
 */
import { join } from "node:path";
import { program, type Requirement } from "./requirement.ts";
import { runCommand } from "./run_command.ts";

export const node: Requirement = program("node");

/** Runs an ES module that lies in `directory` and prints one JSON value; gives that. `argument` it finds as `given`. */
export async function runNode(directory: string, source: string, argument: unknown): Promise<unknown> {
  const path = join(directory, `${crypto.randomUUID()}.mjs`);
  await Deno.writeTextFile(path, `const given = JSON.parse(process.argv[2]);\n${source}`);
  const { stdout } = await runCommand("node", [path, JSON.stringify(argument)], {
    directory,
    timeoutMs: 30_000,
  });
  return JSON.parse(new TextDecoder().decode(stdout));
}
