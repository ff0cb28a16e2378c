/**
 * The disk as the log engine sees it. `ffi/` implements it over Linux system calls; tests implement it in
 * memory, with faults and power cuts. Types only: nothing here runs.
 *
 * Every call is synchronous. What fails throws an `Error` that names the call, the path and the cause and has
 * a `code` such as "ENOSPC" (see {@link DiskError}).
 * @module
 */

/** What a failed disk call throws: the shape that storage may rely on, whoever implements the port. */
export interface DiskError extends Error {
  /** The symbolic errno: "ENOSPC", "EIO", "ENOENT", "EEXIST", … */
  readonly code: string;
}

/** A read-only view of the head of a file that stays coherent with `writeAt`. */
export interface MappedRegion extends Disposable {
  /** Bytes of address space; only those below the file's end may be read. */
  readonly byteLength: number;
  /** Big-endian reads. Out of range, or after `close()`: throws RangeError, never a crash. */
  getInt32(position: number): number;
  getInt64(position: number): number;
  close(): void;
}

/** A stretch of this process's memory, told to another of its threads. */
export interface SharedMemory {
  /** In decimal: a number can't hold every one. */
  readonly address: string;
  readonly byteLength: number;
}

/** A range of a file, mapped for writing: what is written is in the page cache, as by `writeAt`, without a system call. */
export interface WritableRegion extends Disposable {
  /** First byte of the file that may be written. */
  readonly position: number;
  /** First byte of the file behind the region. */
  readonly end: number;
  /** For `BackgroundDisk.populate`. */
  readonly memory: SharedMemory;
  /** Copies `bytes` to `position` of the file. Out of range, or after `close()`: throws RangeError, never a crash. */
  write(bytes: Uint8Array, position: number): void;
  /** The memory stays mapped until each retain has had its release, though `close()` was called meanwhile. */
  retain(): void;
  release(): void;
  close(): void;
}

/** An open regular file. Positions and lengths are bytes. */
export interface DiskFile extends Disposable {
  readonly path: string;
  /** The file descriptor, for `sendfile` and for the I/O Worker; -1 where the implementation has none. */
  readonly descriptor: number;
  size(): number;
  /** Fills `into` from `position`; returns the bytes read, fewer only at the end of the file. */
  readAt(into: Uint8Array, position: number): number;
  /**
   * Whether [position, position + length), which lies within the file, can be read without a wait for the disk, as far as can
   * be told without one: a yes may turn out wrong.
   */
  isCached(position: number, length: number): boolean;
  /** Writes all of `bytes` at `position`, or throws. A throw may leave a part of them written. */
  writeAt(bytes: Uint8Array, position: number): void;
  /** Reserves blocks for [position, position + length) without changing `size()`. Returns false where the file system can't. */
  allocate(position: number, length: number): boolean;
  /** Not into a region that is mapped for writing: close it first. Blocks allocated behind `size` are given back. */
  truncate(size: number): void;
  /** fdatasync: returns when the data is on stable storage. After a throw the data must be taken as lost. */
  syncData(): void;
  /** Maps [0, byteLength) for reading. May be longer than the file is now. */
  map(byteLength: number): MappedRegion;
  /**
   * Maps [position, position + byteLength) for writing. The file grows to hold it, with zeros, and has its blocks: writing there
   * can't meet a full disk. Throws with code "ENOSPC" if there is no room, and with others where the file system can't;
   * the file is as it was then.
   */
  mapForWriting(position: number, byteLength: number): WritableRegion;
  /** The file stays open until each retain has had its release, though `close()` was called meanwhile. */
  retain(): void;
  release(): void;
  close(): void;
}

export interface OpenOptions {
  /** Create it if it does not exist. Default false. */
  readonly create?: boolean;
  /** With `create`: fail with EEXIST if it exists. Default false. */
  readonly exclusive?: boolean;
  /** Default false: read and write. */
  readonly readOnly?: boolean;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

export interface DiskSpace {
  /** Bytes of the file system. */
  readonly totalBytes: number;
  /** Bytes that this process may still use. */
  readonly freeBytes: number;
}

/** The file system. Paths are absolute or relative to the working directory, with "/" between names. */
export interface Disk {
  open(path: string, options?: OpenOptions): DiskFile;
  /** Entries in name order; throws with code "ENOENT" if there is no such directory. */
  list(directory: string): DirectoryEntry[];
  exists(path: string): boolean;
  /** Makes it and its missing parents; no error if it is there. */
  makeDirectory(path: string): void;
  /** rename(2): replaces `to` if it is a file. */
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
  /** fsync of a directory: makes creations, renames and removals in it durable. */
  syncDirectory(path: string): void;
  /** Brings everything on the file system of `path` to stable storage: dear, and cheaper than a sync for each of many files. */
  syncFileSystem(path: string): void;
  /** Of a file that need not be open. */
  fileSize(path: string): number;
  /** When the file's content was last changed: milliseconds since 1970. */
  modifiedMs(path: string): number;
  /** The file system that `path` lies on. */
  space(path: string): DiskSpace;
  /**
   * Names this run of the machine: after a power cut there is another. Undefined: nobody knows.
   */
  bootId(): string | undefined;
  /** Takes the exclusive lock on `path` (flock), creating the file; undefined if another process holds it. */
  lock(path: string): Disposable | undefined;
}

/** A range of a file, to be sent as it is. Whoever makes one calls `file.retain()`; whoever is done with it, `file.release()`. */
export interface FileSlice {
  readonly file: DiskFile;
  readonly position: number;
  readonly length: number;
}
