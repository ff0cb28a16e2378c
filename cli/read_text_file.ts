/**
 * A file that a flag names.
 * @module
 */
import { CommandFailure } from "./command.ts";

/** What is in it. Throws a {@link CommandFailure} that says why it can't be had; `flag`: "--config". */
export function readTextFile(flag: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.PermissionDenied
      ? "it may not be read by this user"
      : error instanceof Error && "code" in error && error.code === "EISDIR"
      ? "it is a directory"
      : String(error);
    throw new CommandFailure(`${flag} ${path}: ${reason}`);
  }
}
