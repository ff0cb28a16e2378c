/**
 * A Python environment of the project's own, in .cache/venv, with the packages that tests want. Made on first use;
 * an advisory lock keeps test processes that run at the same time from making it twice.
 * @module
 */
import { fileURLToPath } from "node:url";
import { program, type Requirement } from "./requirement.ts";
import { runCommand } from "./run_command.ts";

const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** The interpreter of the environment. */
export const python = `${cache}venv/bin/python`;

/** Makes sure that `packages` can be imported by {@link python}. */
export async function pythonWith(...packages: string[]): Promise<Requirement> {
  const name = `python3 with ${packages.join(", ")}`;
  const { missing } = program("python3");
  if (missing !== undefined) return { name, missing };
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${cache}venv.lock`, { create: true, write: true });
  await lock.lock(true);
  const marker = `${cache}venv/with ${packages.join(" ")}`;
  if (await exists(marker)) return { name, missing: undefined };
  try {
    await runCommand("python3", ["-m", "venv", `${cache}venv`], { timeoutMs: 120_000 });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    await runCommand(python, pip, { timeoutMs: 180_000 });
    await Deno.writeTextFile(marker, "");
    return { name, missing: undefined };
  } catch (error) {
    return { name, missing: `pip could not install ${packages.join(", ")}: ${String(error).slice(0, 200)}` };
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
