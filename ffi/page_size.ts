/**
 * The size of a memory page: 4 KiB on x86-64, up to 64 KiB on arm64.
 * @module
 */
import { libc } from "./libc.ts";

const SC_PAGESIZE = 30;

/** Bytes in a page of this machine. */
export function pageSize(): number {
  return Number(libc().sysconf(SC_PAGESIZE));
}
