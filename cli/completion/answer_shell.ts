/**
 * `milena __complete`: what shells ask while somebody types.
 *
 * What must be true: there is an answer within about a second, whatever the cluster does; and never an error, since nobody
 * would read it.
 * @module
 */
import { Admin } from "../../client/admin/admin.ts";
import { clusterConfigOf } from "../cluster_config.ts";
import { type Command, ExitCode, type FlagValues, type Invocation, type Terminal } from "../command.ts";
import { complete } from "./complete.ts";

const PATIENCE_MS = 1000;
/** A shell reads lines with tabs in them, so no name has either. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

/** `operands`: the words of the line up to the cursor, without the program's name. */
export async function answerShell(tree: Command, { operands, terminal }: Invocation): Promise<number> {
  const { candidates, otherwise } = await complete(tree, operands, (kind, flags) => {
    return namesOf(kind, flags, terminal);
  });
  const lines = candidates.map(({ word, summary }) => `${word}\t${summary}`);
  terminal.write([`:${otherwise}`, ...lines].join("\n") + "\n");
  return ExitCode.OK;
}

/** What the cluster has that the line is about; nothing if it does not say so soon. */
async function namesOf(
  kind: "topic" | "group",
  flags: FlagValues,
  terminal: Terminal,
): Promise<readonly string[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    using admin = new Admin({
      ...clusterConfigOf({ flags, operands: [], terminal }),
      "default.api.timeout.ms": PATIENCE_MS,
    });
    const late = new Promise<string[]>((resolve) => timer = setTimeout(() => resolve([]), PATIENCE_MS));
    const names = await Promise.race([kind === "topic" ? topicsOf(admin) : groupsOf(admin), late]);
    return names.filter((name) => !CONTROL.test(name));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function topicsOf(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter(({ isInternal }) => !isInternal).map(({ name }) => name);
}

async function groupsOf(admin: Admin): Promise<string[]> {
  return (await admin.listGroups()).map(({ id }) => id);
}
