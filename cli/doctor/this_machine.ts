/**
 * The machine that this runs on. Probes are small and bounded, and leave nothing behind.
 * @module
 */
import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPoller } from "../../ffi/poller.ts";
import type { FileFacts, FileSystemFacts, Machine } from "./machine.ts";

const PROBE_BYTES = 4096;
const MAX_PROBES = 30;
const MAX_PROBE_MS = 500;
const COMMAND_TIMEOUT_MS = 3000;

export const thisMachine: Machine = {
  os: Deno.build.os,
  arch: Deno.build.arch,
  runtimeVersion: Deno.version.deno,
  processors: navigator.hardwareConcurrency,
  uid: Deno.uid() ?? 0,
  temporaryDirectory: tmpdir(),
  readText: (path) => attempt(() => Deno.readTextFileSync(path)),
  list: (path) => attempt(() => Array.from(Deno.readDirSync(path), ({ name }) => name)),
  readLink: (path) => attempt(() => Deno.readLinkSync(path)),
  stat: (path) =>
    attempt((): FileFacts => {
      const { isDirectory, uid, mode, ino } = Deno.statSync(path);
      return { isDirectory, uid: uid ?? 0, mode: (mode ?? 0) & 0o7777, inode: ino ?? 0 };
    }),
  realPath: (path) => attempt(() => Deno.realPathSync(path)) ?? path,
  isWritable: (path) =>
    attempt(() => {
      const mode = Deno.statSync(path).isDirectory ? constants.W_OK | constants.X_OK : constants.W_OK;
      return accessSync(path, mode) === undefined;
    }) === true,
  statFileSystem: (path) =>
    attempt((): FileSystemFacts => {
      const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
      return { totalBytes: bsize * blocks, freeBytes: bsize * bavail, totalInodes: files, freeInodes: ffree };
    }),
  run: async (program, args) => {
    try {
      const { success, stdout } = await new Deno.Command(program, {
        args: [...args],
        stdin: "null",
        stderr: "null",
        signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
      }).output();
      return success ? new TextDecoder().decode(stdout) : undefined;
    } catch {
      return undefined;
    }
  },
  probeSync,
  probeListen: ({ host, port }) => Deno.listen({ hostname: host === "" ? "0.0.0.0" : host, port }).close(),
  probeSystemCalls: () => createPoller()[Symbol.dispose](),
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function probeSync(directory: string): number[] {
  const path = join(directory, `.milena-doctor-${crypto.randomUUID()}`);
  const file = Deno.openSync(path, { createNew: true, write: true });
  try {
    const bytes = new Uint8Array(PROBE_BYTES);
    const durations: number[] = [];
    const begin = performance.now();
    while (durations.length < MAX_PROBES && performance.now() - begin < MAX_PROBE_MS) {
      const start = performance.now();
      file.writeSync(bytes);
      file.syncDataSync();
      durations.push(performance.now() - start);
    }
    return durations;
  } finally {
    file.close();
    Deno.removeSync(path);
  }
}
