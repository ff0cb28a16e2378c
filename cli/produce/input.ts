/**
 * What is read: files, and standard input.
 * @module
 */
import { CommandFailure, ExitCode } from "../command.ts";

export interface Input extends Disposable {
  /** "orders.txt", "standard input" */
  readonly name: string;
  /** undefined: nobody knows before its end. */
  readonly size: number | undefined;
  /** Bytes read into `into`; null: it is at its end. */
  read(into: Uint8Array): Promise<number | null>;
}

const STANDARD_INPUT = "/dev/stdin";

/** Throws a CommandFailure for a file that can't be read; "-" is standard input. */
export function openInput(path: string): Input {
  if (path === "-") {
    return {
      name: "standard input",
      size: sizeOf(STANDARD_INPUT),
      read: (into) => Deno.stdin.read(into),
      [Symbol.dispose]: () => {},
    };
  }
  try {
    const file = Deno.openSync(path);
    return {
      name: path,
      size: sizeOf(path),
      read: (into) => file.read(into),
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** Bytes of all of them that are files. Throws a CommandFailure for one that can't be read. */
export function sizeOfAll(paths: readonly string[]): number | undefined {
  let sum = 0;
  for (const path of paths) {
    const size = sizeOf(path === "-" ? STANDARD_INPUT : path);
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}

function sizeOf(path: string): number | undefined {
  try {
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (isDirectory && path !== STANDARD_INPUT) throw new Deno.errors.IsADirectory();
    return isFile ? size : undefined;
  } catch (error) {
    if (path === STANDARD_INPUT) return undefined;
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): CommandFailure {
  const reason = error instanceof Deno.errors.NotFound
    ? "there is no such file"
    : error instanceof Deno.errors.PermissionDenied
    ? "it may not be read by this user"
    : error instanceof Deno.errors.IsADirectory
    ? "it is a directory"
    : error instanceof Error
    ? error.message
    : String(error);
  return new CommandFailure(`${path}: ${reason}`, ExitCode.USAGE);
}
