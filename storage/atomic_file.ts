/**
 * Small files that are replaced whole: after a crash at any point there is either the old content or the new.
 * The order is the point: the bytes are durable before the name shows them, and the name before anyone relies on it.
 * @module
 */
import type { Disk, DiskFile } from "./disk.ts";
import type { BackgroundDisk } from "./environment.ts";
import { parentOf, TEMPORARY_SUFFIX } from "./file_names.ts";

/** Waits for the disk. For start and close only; a serving reactor uses {@link replaceFileInBackground}. */
export function replaceFile(disk: Disk, path: string, content: string): void {
  using file = writeTemporary(disk, path, content);
  file.syncData();
  disk.rename(file.path, path);
  disk.syncDirectory(parentOf(path));
}

/**
 * Two of these for one path must not run at once. A {@link replaceFile} may come in between: `isSuperseded` says so, and
 * this content, being older, is dropped.
 */
export function replaceFileInBackground(
  disk: Disk,
  background: BackgroundDisk,
  path: string,
  content: string,
  done: (error?: Error) => void,
  isSuperseded: () => boolean = () => false,
): void {
  let file: DiskFile;
  try {
    file = writeTemporary(disk, path, content);
  } catch (error) {
    return done(error as Error);
  }
  background.sync([file], (error) => {
    const temporary = file.path;
    file.close();
    if (error || isSuperseded()) return done(error);
    try {
      disk.rename(temporary, path);
    } catch (error) {
      return done(error as Error);
    }
    background.syncDirectory(parentOf(path), done);
  });
}

export function readText(disk: Disk, path: string): string | undefined {
  if (!disk.exists(path)) return undefined;
  using file = disk.open(path, { readOnly: true });
  const bytes = new Uint8Array(file.size());
  return new TextDecoder().decode(bytes.subarray(0, file.readAt(bytes, 0)));
}

/** Without any sync: for what can be made again if a power cut takes it. */
export function writeText(disk: Disk, path: string, content: string): void {
  using file = disk.open(path, { create: true });
  file.truncate(0);
  file.writeAt(new TextEncoder().encode(content), 0);
}

function writeTemporary(disk: Disk, path: string, content: string): DiskFile {
  const file = disk.open(path + TEMPORARY_SUFFIX, { create: true });
  try {
    file.truncate(0);
    file.writeAt(new TextEncoder().encode(content), 0);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
