/**
 * Runs a program to its end, feeding its standard input and keeping both outputs. A program that hangs is killed by
 * its pid and reported with what it said until then, so that a test that would hang fails with a reason.
 * @module
 */
export interface RunOptions {
  readonly stdin?: Uint8Array;
  /** Most milliseconds it may take. Default 60,000. */
  readonly timeoutMs?: number;
  readonly environment?: Record<string, string>;
  readonly directory?: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Runs `program` and returns what came of it, whatever its exit code. */
export async function tryCommand(
  program: string,
  args: string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = new Deno.Command(program, {
    args,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.environment === undefined ? {} : { env: options.environment }),
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
  }).spawn();
  let timedOut = false;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  try {
    // A program may end before it has read all of its input: its exit code tells more than our EPIPE.
    const fed = options.stdin === undefined
      ? Promise.resolve()
      : feed(child.stdin, options.stdin).catch(() => {});
    const [output] = await Promise.all([child.output(), fed]);
    const stderr = new TextDecoder().decode(output.stderr);
    if (timedOut) {
      throw new Error(`${program} ${args.join(" ")}: no end within ${timeoutMs} ms; stderr: ${stderr}`);
    }
    return { code: output.code, stdout: output.stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** As {@link tryCommand}, but an exit code other than 0 throws with what the program said. */
export async function runCommand(
  program: string,
  args: string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await tryCommand(program, args, options);
  if (result.code !== 0) {
    const said = result.stderr.trim() || new TextDecoder().decode(result.stdout).trim();
    throw new Error(`${program} ${args.join(" ")}: exit code ${result.code}, wanted 0: ${said.slice(-4000)}`);
  }
  return result;
}

async function feed(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(bytes);
  await writer.close();
}
