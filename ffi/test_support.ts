/**
 * What several tests of this room need. Importing it opens the C library before the first test: the library stays
 * open for good, and Deno 2.6's leak check would blame the test in which it was opened. A test of another room that
 * fails so imports this file too.
 * @module
 */
import assert from "node:assert/strict";
import { libc } from "./libc.ts";

libc();

const POSIX_FADV_DONTNEED = 4;

/** Asks the kernel to forget what is cached of a file and on the disk already: it may not do so. */
export function evict(descriptor: number): void {
  libc().posix_fadvise(descriptor, 0n, 0n, POSIX_FADV_DONTNEED);
}

/** A new directory, removed with all it holds when disposed. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "ffi-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Whole numbers from 0 to `below - 1`, the same for the same seed. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Runs `body` with a random seed and names the seed if it fails. */
export function withSeed(body: (random: (below: number) => number) => void): void {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  try {
    body(seededRandom(seed));
  } catch (error) {
    throw new Error(`failed with seed ${seed}`, { cause: error });
  }
}

/** A check for `assert.throws`: an error with this code, whose message ends with it and begins with `start`. */
export function systemError(code: string, start = ""): (error: unknown) => true {
  return (error) => {
    assert(error instanceof Error, String(error));
    assert.equal((error as Error & { code?: string }).code, code, error.message);
    assert(error.message.startsWith(start), `"${error.message}" does not begin with "${start}"`);
    assert(error.message.endsWith(`(${code})`), error.message);
    return true;
  };
}

/** Runs TypeScript in a process of its own, so that a crash shows; `ffi("x.ts")` in `code` is a module of this room. */
export async function runInProcess(code: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const resolved = code.replaceAll(/ffi\("([^"]+)"\)/g, (_, name) => `"${import.meta.resolve(`./${name}`)}"`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-check", "--ext=ts", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(resolved));
  await input.close();
  const output = await child.output();
  const text = new TextDecoder();
  return { code: output.code, stdout: text.decode(output.stdout), stderr: text.decode(output.stderr) };
}
