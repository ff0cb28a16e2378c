/**
 * Whether a process holds the lock of a data directory, without touching it: taking it for a moment could make a broker
 * fail that starts just then. Linux lists locks by the inodes of their files.
 * @module
 */
import { join, LOCK } from "../storage/file_names.ts";

/** The process id of the holder; undefined if there is none, or nobody can tell. */
export function lockHolder(dataDirectory: string): number | undefined {
  try {
    const inode = Deno.statSync(join(dataDirectory, LOCK)).ino;
    if (inode === null) return undefined;
    return findHolder(Deno.readTextFileSync("/proc/locks"), inode);
  } catch {
    return undefined;
  }
}

/** Lines are like "3: FLOCK  ADVISORY  WRITE 1234 08:02:5678 0 EOF"; waiting ones have an arrow before the kind. */
export function findHolder(locks: string, inode: number): number | undefined {
  for (const line of locks.split("\n")) {
    const match = /^\d+: (?:FLOCK|POSIX|OFDLCK)\s+\S+\s+WRITE\s+(-?\d+)\s+\S+:(\d+)\s/.exec(line);
    if (match && Number(match[2]) === inode) return Number(match[1]);
  }
  return undefined;
}
