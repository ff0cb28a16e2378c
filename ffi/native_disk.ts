/**
 * The port `Disk` over the file system of this machine.
 * @module
 */
import { statfsSync } from "node:fs";
import type { DirectoryEntry, Disk, DiskSpace, OpenOptions } from "../storage/disk.ts";
import { cString } from "./c_string.ts";
import { CLOEXEC, closeDescriptor } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { FileLock } from "./file_lock.ts";
import { libc } from "./libc.ts";
import { NativeFile } from "./native_file.ts";
import { fromDenoError, lastError, SystemError } from "./system_error.ts";

/** proc(5) */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";
const O_RDONLY = 0;
const O_RDWR = 2;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const F_OK = 0;
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/** A disk like the port, whose files can be mapped for writing too. */
export class NativeDisk implements Disk {
  readonly #maxDescriptor: number;

  /** @param maxDescriptor files get no higher one: what lies above is left for others. The kernel gives the lowest that is free. */
  constructor(maxDescriptor = Infinity) {
    this.#maxDescriptor = maxDescriptor;
  }

  open(path: string, options: OpenOptions = {}): NativeFile {
    const { create = false, exclusive = false, readOnly = false } = options;
    const flags = (readOnly ? O_RDONLY : O_RDWR) | (create ? O_CREAT : 0) |
      (create && exclusive ? O_EXCL : 0);
    const descriptor = openDescriptor(path, flags);
    if (descriptor > this.#maxDescriptor) {
      closeDescriptor(descriptor);
      throw new SystemError("open", path, Errno.EMFILE);
    }
    return new NativeFile(path, descriptor);
  }

  list(directory: string): DirectoryEntry[] {
    try {
      return Array.from(Deno.readDirSync(directory), (entry) => ({
        name: entry.name,
        isDirectory: entry.isDirectory || (entry.isSymlink && isDirectory(`${directory}/${entry.name}`)),
      })).sort((a, b) => a.name < b.name ? -1 : 1);
    } catch (error) {
      throw fromDenoError(error, "readdir", directory);
    }
  }

  exists(path: string): boolean {
    if (libc().access(cString(path), F_OK) === 0) return true;
    const error = lastError("access", path);
    if (error.errno === Errno.ENOENT || error.errno === Errno.ENOTDIR) return false;
    throw error;
  }

  makeDirectory(path: string): void {
    const error = tryMakeDirectory(path);
    if (error === undefined) return;
    const parent = parentOf(path);
    if (error.errno !== Errno.ENOENT || parent === undefined) throw error;
    this.makeDirectory(parent);
    const again = tryMakeDirectory(path);
    if (again !== undefined) throw again;
  }

  rename(from: string, to: string): void {
    if (libc().rename(cString(from), cString(to)) !== 0) throw lastError("rename", `${from} to ${to}`);
  }

  removeFile(path: string): void {
    if (libc().unlink(cString(path)) !== 0) throw lastError("unlink", path);
  }

  removeDirectory(path: string): void {
    if (libc().rmdir(cString(path)) !== 0) throw lastError("rmdir", path);
  }

  syncDirectory(path: string): void {
    const descriptor = openDescriptor(path, O_RDONLY);
    try {
      while (libc().fsync(descriptor) !== 0) {
        const errno = lastErrno();
        if (errno !== Errno.EINTR) throw new SystemError("fsync", path, errno);
      }
    } finally {
      closeDescriptor(descriptor, path);
    }
  }

  syncFileSystem(path: string): void {
    const descriptor = openDescriptor(path, O_RDONLY);
    try {
      while (libc().syncfs(descriptor) !== 0) {
        const errno = lastErrno();
        if (errno !== Errno.EINTR) throw new SystemError("syncfs", path, errno);
      }
    } finally {
      closeDescriptor(descriptor, path);
    }
  }

  fileSize(path: string): number {
    try {
      return Deno.statSync(path).size;
    } catch (error) {
      throw fromDenoError(error, "stat", path);
    }
  }

  modifiedMs(path: string): number {
    try {
      return Deno.statSync(path).mtime?.getTime() ?? 0;
    } catch (error) {
      throw fromDenoError(error, "stat", path);
    }
  }

  space(path: string): DiskSpace {
    try {
      const { blocks, bavail, bsize } = statfsSync(path);
      return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
    } catch (error) {
      throw fromDenoError(error, "statfs", path);
    }
  }

  bootId(): string | undefined {
    try {
      return Deno.readTextFileSync(BOOT_ID).trim();
    } catch {
      return undefined;
    }
  }

  lock(path: string): FileLock | undefined {
    return FileLock.tryTake(path, openDescriptor(path, O_RDWR | O_CREAT));
  }
}

/** The file system of this machine. */
export function openNativeDisk(maxDescriptor?: number): NativeDisk {
  return new NativeDisk(maxDescriptor);
}

function openDescriptor(path: string, flags: number): number {
  const name = cString(path);
  for (;;) {
    const descriptor = libc().open(name, flags | CLOEXEC, FILE_MODE);
    if (descriptor >= 0) return descriptor;
    const errno = lastErrno();
    if (errno !== Errno.EINTR) throw new SystemError("open", path, errno);
  }
}

/** Undefined if the directory is there now, whoever made it. */
function tryMakeDirectory(path: string): SystemError | undefined {
  if (libc().mkdir(cString(path), DIRECTORY_MODE) === 0) return undefined;
  const error = lastError("mkdir", path);
  return isDirectory(path) ? undefined : error;
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** "a/b" for "a/b/c"; undefined if there is none. */
function parentOf(path: string): string | undefined {
  const parent = path.replace(/\/+[^/]*\/*$/, "");
  return parent === "" || parent === path ? undefined : parent;
}
