/**
 * Python environments of the project's own, in .cache/python, one for each set of packages that a test wants. Made on first
 * use; an advisory lock keeps test processes that run at the same time from making one twice.
 * @module
 */
import { fileURLToPath } from "node:url";
import { program, type Requirement } from "./requirement.ts";
import { runCommand } from "./run_command.ts";

const cache = fileURLToPath(new URL("../../.cache/python/", import.meta.url));

export interface PythonEnvironment {
  /** Its interpreter. */
  readonly python: string;
  /** That it could be made. */
  readonly requirement: Requirement;
}

/** An environment in which `packages`, such as `aiokafka==0.14.0`, can be imported. */
export async function pythonEnvironment(...packages: string[]): Promise<PythonEnvironment> {
  const directory = cache + packages.join("+");
  const python = `${directory}/bin/python`;
  const name = `python3 with ${packages.join(", ")}`;
  const { missing } = program("python3");
  if (missing !== undefined) return { python, requirement: { name, missing } };
  await Deno.mkdir(cache, { recursive: true });
  using lock = await Deno.open(`${directory}.lock`, { create: true, write: true });
  await lock.lock(true);
  const marker = `${directory}/complete`;
  try {
    if (!await exists(marker)) {
      await runCommand("python3", ["-m", "venv", "--clear", directory], { timeoutMs: 120_000 });
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
      await runCommand(python, pip, { timeoutMs: 180_000 });
      await Deno.writeTextFile(marker, "");
    }
    return { python, requirement: { name, missing: undefined } };
  } catch (error) {
    const missing = `pip could not install ${packages.join(", ")}: ${String(error).slice(0, 200)}`;
    return { python, requirement: { name, missing } };
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
