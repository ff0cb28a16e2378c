/**
 * File systems of 64 MB, for tests that fill them: in memory, and ext4 in a file. They take root; where mounting is not
 * allowed, tests that need one are left out.
 * @module
 */
import { statfsSync } from "node:fs";
import { program, type Requirement } from "../support/requirement.ts";
import { runCommand, tryCommand } from "../support/run_command.ts";

export const fileSystemKinds = ["tmpfs", "ext4"] as const;

export type FileSystemKind = typeof fileSystemKinds[number];

export const fileSystemBytes = 64 * 1024 * 1024;

/** Whether a file system of this kind can be mounted here, tried out. */
export async function mountable(kind: FileSystemKind): Promise<Requirement> {
  const name = `a ${kind} of 64 MB`;
  const { missing } = kind === "ext4" ? program("mkfs.ext4") : program("mount");
  if (missing !== undefined) return { name, missing, optional: true };
  try {
    await using _mounted = await SmallFileSystem.mount(kind);
    return { name, missing: undefined };
  } catch (error) {
    return { name, missing: `${name} can't be mounted: ${String(error).slice(0, 200)}`, optional: true };
  }
}

export class SmallFileSystem implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #directory: string;

  static async mount(kind: FileSystemKind): Promise<SmallFileSystem> {
    const directory = await Deno.makeTempDir({ prefix: "milena-small-" });
    const path = `${directory}/mounted`;
    await Deno.mkdir(path);
    try {
      if (kind === "tmpfs") {
        await runCommand("mount", ["-t", "tmpfs", "-o", `size=${fileSystemBytes}`, "milena-test", path]);
      } else {
        const image = `${directory}/image`;
        await Deno.writeFile(image, new Uint8Array());
        await Deno.truncate(image, fileSystemBytes);
        // No blocks for root: a test that runs as root is to find it as full as anybody.
        await runCommand("mkfs.ext4", ["-q", "-F", "-m", "0", image]);
        await runCommand("mount", ["-o", "loop", image, path]);
      }
    } catch (error) {
      await Deno.remove(directory, { recursive: true });
      throw error;
    }
    return new SmallFileSystem(path, directory);
  }

  private constructor(path: string, directory: string) {
    this.path = path;
    this.#directory = directory;
  }

  /** Bytes that a file could still take. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Writes a file that takes all there is. Removing it frees as much. */
  async fill(name: string): Promise<string> {
    const path = `${this.path}/${name}`;
    using file = await Deno.open(path, { create: true, write: true });
    for (let chunk = new Uint8Array(1 << 20); chunk.length > 0;) {
      try {
        while (true) await file.write(chunk);
      } catch {
        chunk = chunk.subarray(0, chunk.length >> 1); // and again with what may still fit
      }
    }
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Lazily if a file is still open: whatever failed, no mount is left behind.
    const { code } = await tryCommand("umount", [this.path]);
    if (code !== 0) await runCommand("umount", ["-l", this.path]);
    await Deno.remove(this.#directory, { recursive: true });
  }
}
