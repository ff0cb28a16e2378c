/**
 * Whether a stretch of a file is in the page cache, asked without waiting for the disk, and bringing it there, which waits.
 *
 * Two questions make one answer. cachestat(2) counts the pages that are there (Linux 6.5 and later; 1 to 8 µs for 1 MiB, and
 * it never begins to read). But it counts pages that are still being read, too: so the last byte is also asked for by
 * preadv2(2) with RWF_NOWAIT, which fails if it would wait. Reads end in the order they began, or nearly so.
 *
 * Without cachestat every 64 KiB are asked for by RWF_NOWAIT: 7 µs for 1 MiB, and a cold byte makes the kernel begin to read
 * there and then (0.2 ms once). Where that is not to be had either, everything counts as cached: nobody is worse off than
 * without the question.
 * @module
 */
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { pageSize } from "./page_size.ts";
import { lastError, SystemError } from "./system_error.ts";

/** cachestat(2) has the same number on x86-64 and arm64, and no wrapper in the C library. */
const SYS_CACHESTAT = 451n;
const RWF_NOWAIT = 8;
const POSIX_FADV_WILLNEED = 3;
/** How far apart bytes are asked for where there is no cachestat: the kernel reads ahead at least as much. */
const STEP_BYTES = 64 * 1024;
const SCRATCH_BYTES = 256 * 1024;
/** One call reads no more ahead than the device's `read_ahead_kb`, which is 128 where nobody has set it. */
const READ_AHEAD_CALL_BYTES = 128 * 1024;

/** A stretch of an open file. */
export interface DescriptorRange {
  readonly descriptor: number;
  /** For messages. */
  readonly path: string;
  readonly position: number;
  readonly length: number;
}

/** `struct cachestat_range`: offset, length. */
const range = new BigUint64Array(2);
/** `struct cachestat`: pages in the cache, dirty, in writeback, evicted, recently evicted. */
const found = new BigUint64Array(5);
let hasCachestat = true;
let pageBytes = 0;

/** Whether [position, position + length), which lies within the file, can be read without a wait for the disk. */
export function isCached(
  { descriptor, path, position, length }: DescriptorRange,
  { mayCount = true }: { readonly mayCount?: boolean } = {},
): boolean {
  if (length <= 0) return true;
  const last = position + length - 1;
  if (mayCount && hasCachestat) {
    const count = countCachedPages(descriptor, path, position, length);
    if (count !== undefined) {
      pageBytes ||= pageSize();
      const pageCount = Math.floor(last / pageBytes) - Math.floor(position / pageBytes) + 1;
      return count >= pageCount && isReadable(descriptor, last);
    }
  }
  for (let step = position; step < last; step += STEP_BYTES) if (!isReadable(descriptor, step)) return false;
  return isReadable(descriptor, last);
}

/** Reads all of it, so that it is in the page cache afterwards, and begins to read `aheadBytes` behind it. */
export function bringIntoCache(
  { descriptor, path, position, length }: DescriptorRange,
  aheadBytes: number,
): void {
  // All at once: the disk gets many requests to choose from, and the first bytes don't wait for the last.
  const aheadEnd = position + length + aheadBytes;
  for (let start = position; start < aheadEnd; start += READ_AHEAD_CALL_BYTES) {
    const size = Math.min(READ_AHEAD_CALL_BYTES, aheadEnd - start);
    // Only advice: what can't be read fails below.
    libc().posix_fadvise(descriptor, BigInt(start), BigInt(size), POSIX_FADV_WILLNEED);
  }
  const scratch = new Uint8Array(Math.min(SCRATCH_BYTES, length));
  for (let done = 0; done < length;) {
    const size = Math.min(scratch.length, length - done);
    const count = libc().pread(descriptor, scratch, BigInt(size), BigInt(position + done));
    if (count > 0) done += count;
    else if (count === 0) return;
    else if (lastErrno() !== Errno.EINTR) throw lastError("pread", path);
  }
}

/** undefined where the kernel, the file system or a sandbox does not let us ask. */
function countCachedPages(
  descriptor: number,
  path: string,
  position: number,
  length: number,
): number | undefined {
  range[0] = BigInt(position);
  range[1] = BigInt(length);
  if (libc().syscall(SYS_CACHESTAT, descriptor, range, found, 0) === 0) return Number(found[0]);
  const errno = lastErrno();
  if (errno === Errno.ENOSYS || errno === Errno.EPERM) hasCachestat = false;
  else if (errno !== Errno.EOPNOTSUPP) throw new SystemError("cachestat", path, errno);
  return undefined;
}

const byte = new Uint8Array(1);
/** `struct iovec`: address and length. Made at the first call, as the address must be asked for. */
let vector: BigUint64Array<ArrayBuffer> | undefined;

/** Whether this byte can be read at once. Who can't tell says yes: the read itself finds out. */
function isReadable(descriptor: number, position: number): boolean {
  vector ??= new BigUint64Array([Deno.UnsafePointer.value(Deno.UnsafePointer.of(byte)), 1n]);
  const count = libc().preadv2(descriptor, vector, 1, BigInt(position), RWF_NOWAIT);
  return count >= 0 || lastErrno() !== Errno.EAGAIN;
}
