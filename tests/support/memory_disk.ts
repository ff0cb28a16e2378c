/**
 * The port `Disk` in memory, for tests that want to know what would be left.
 *
 * It keeps apart what programs see and what is on stable storage. A file's bytes become durable by `syncData`, sector by
 * sector; the entries of a directory by `syncDirectory`. `afterPowerCut(random)` gives the disk that a machine would find
 * after losing power now: of each file a random choice of the sectors written since its last sync, of each directory a
 * random number of the changes since its own, in their order, as a journal keeps it. Without `random` nothing unsynced is left.
 * `afterKill()` gives the disk as programs saw it last: the page cache outlives a process.
 *
 * Everything is in the page cache but what a test evicts. Reading that makes it cached again and is told to `onColdRead`.
 *
 * Faults: `onCall` is asked before every call and may throw; `shortWrites` makes a failing write leave a part. Using what is
 * closed, or a mapping behind the end of its file (SIGBUS), throws an error that no code expects.
 * @module
 */
import type {
  DirectoryEntry,
  Disk,
  DiskError,
  DiskFile,
  DiskSpace,
  MappedRegion,
  OpenOptions,
  WritableRegion,
} from "../../storage/disk.ts";
import type { SeededRandom } from "./random.ts";

const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;

/** A failed call, as the port describes it. */
export class MemoryDiskError extends Error implements DiskError {
  override readonly name = "MemoryDiskError";
  constructor(call: string, path: string, readonly code: string) {
    super(`${call} ${path}: ${code}`);
  }
}

/** A file's content, whatever its names. */
class FileNode {
  bytes = new Uint8Array(0);
  size = 0;
  durableBytes = new Uint8Array(0);
  durableSize = 0;
  modifiedMs = 0;
  /** Blocks are set aside up to there, at least. */
  allocatedEnd = 0;
  readonly dirtySectors = new Set<number>();
  /** What has to come from the disk: pages that are not in the page cache. */
  readonly coldPages = new Set<number>();
  /** Regions through which it is written. */
  readonly writableRegions = new Set<MemoryWritableRegion>();

  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.bytes.length * 2, 4096));
    grown.set(this.bytes);
    this.bytes = grown;
  }

  write(bytes: Uint8Array, position: number): void {
    this.reserve(position + bytes.length);
    this.bytes.set(bytes, position);
    this.touch(position, position + bytes.length);
    this.size = Math.max(this.size, position + bytes.length);
  }

  truncate(size: number): void {
    this.reserve(size);
    if (size < this.size) this.bytes.fill(0, size, this.size);
    this.touch(Math.min(size, this.size), Math.max(size, this.size));
    this.size = size;
    this.allocatedEnd = size;
  }

  /** Grows to `size` without a write: zeros, in blocks of its own. */
  grow(size: number): void {
    this.reserve(size);
    this.size = Math.max(this.size, size);
    this.allocatedEnd = Math.max(this.allocatedEnd, size);
  }

  /** Nothing of [from, to) is in the page cache any more. */
  evict(from: number, to: number): void {
    for (const page of pagesOf(from, to)) this.coldPages.add(page);
  }

  isCached(from: number, to: number): boolean {
    return this.coldPages.size === 0 || pagesOf(from, to).every((page) => !this.coldPages.has(page));
  }

  touch(from: number, to: number): void {
    for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++) {
      this.dirtySectors.add(sector);
    }
  }

  sync(): void {
    this.durableBytes = grownTo(this.durableBytes, this.size);
    for (const sector of this.dirtySectors) this.keepSector(sector);
    this.dirtySectors.clear();
    this.durableSize = this.size;
  }

  keepSector(sector: number): void {
    const from = sector * SECTOR_BYTES;
    const to = Math.min(from + SECTOR_BYTES, this.bytes.length, this.durableBytes.length);
    if (from < to) this.durableBytes.set(this.bytes.subarray(from, to), from);
  }

  /** What a power cut leaves. */
  survivor(random: SeededRandom | undefined): FileNode {
    const left = new FileNode();
    left.modifiedMs = this.modifiedMs;
    left.durableSize = this.durableSize;
    left.durableBytes = this.durableBytes.slice();
    if (random && (this.dirtySectors.size > 0 || this.size !== this.durableSize)) {
      const low = Math.min(this.size, this.durableSize);
      const high = Math.max(this.size, this.durableSize);
      left.durableSize = random.pick([low, high, low + random.below(high - low + 1)]);
      left.bytes = this.bytes;
      left.durableBytes = grownTo(left.durableBytes, left.durableSize);
      // Nothing, everything, or anything between, as likely as one another.
      const share = random.pick([0, 0.5, 1]);
      for (const sector of this.dirtySectors) if (random.below(1000) < share * 1000) left.keepSector(sector);
      left.durableBytes.fill(0, left.durableSize);
    }
    left.bytes = left.durableBytes.slice();
    left.size = left.durableSize;
    return left;
  }

  /** The same content, all of it pending as it was. */
  copy(): FileNode {
    const copy = new FileNode();
    copy.allocatedEnd = this.allocatedEnd;
    copy.modifiedMs = this.modifiedMs;
    copy.bytes = this.bytes.slice();
    copy.size = this.size;
    copy.durableBytes = this.durableBytes.slice();
    copy.durableSize = this.durableSize;
    for (const sector of this.dirtySectors) copy.dirtySectors.add(sector);
    return copy;
  }
}

type Entries = Map<string, Node>;
type Node = FileNode | DirectoryNode;

class DirectoryNode {
  readonly entries: Entries = new Map();
  readonly durableEntries: Entries = new Map();
  /** Changes since the last sync. */
  readonly pending: ((entries: Entries) => void)[] = [];

  change(apply: (entries: Entries) => void): void {
    apply(this.entries);
    this.pending.push(apply);
  }

  /** With all that is in it. */
  syncAll(): void {
    this.sync();
    for (const node of this.entries.values()) {
      if (node instanceof DirectoryNode) node.syncAll();
      else node.sync();
    }
  }

  sync(): void {
    for (const apply of this.pending) apply(this.durableEntries);
    this.pending.length = 0;
  }

  survivor(random: SeededRandom | undefined): DirectoryNode {
    const left = new DirectoryNode();
    const kept = random ? random.pick([0, this.pending.length, random.below(this.pending.length + 1)]) : 0;
    const entries = new Map(this.durableEntries);
    for (const apply of this.pending.slice(0, kept)) apply(entries);
    for (const [name, node] of entries) {
      const survivor = node.survivor(random);
      left.entries.set(name, survivor);
      left.durableEntries.set(name, survivor);
    }
    return left;
  }

  copy(): DirectoryNode {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node) => {
      let copy = copies.get(node);
      if (copy === undefined) copies.set(node, copy = node.copy());
      return copy;
    };
    const copy = new DirectoryNode();
    for (const [name, node] of this.entries) copy.entries.set(name, copyOf(node));
    for (const [name, node] of this.durableEntries) copy.durableEntries.set(name, copyOf(node));
    // Replayed in one step: whatever was pending leads from the one to the other.
    if (this.pending.length > 0) {
      const target = new Map(copy.entries);
      copy.pending.push((entries) => {
        entries.clear();
        for (const [name, node] of target) entries.set(name, node);
      });
    }
    return copy;
  }
}

export class MemoryDisk implements Disk {
  /** Asked before each call; throws to make it fail. */
  onCall: (call: string, path: string) => void = () => {};
  /** Told of each read that has to wait for the disk. */
  onColdRead: (path: string) => void = () => {};
  /** A write that `onCall` makes fail leaves this share of its bytes. */
  shortWriteShare = 0;
  /** What `space` tells. Nothing here takes from it. */
  freeSpace: DiskSpace = { totalBytes: 2 ** 40, freeBytes: 2 ** 39 };
  /** The time that changes are made at. */
  nowMs: () => number = () => 0;
  readonly #root: DirectoryNode;
  readonly #locks = new Set<string>();
  readonly #openFiles = new Set<MemoryFile>();
  readonly #regions = new Set<MemoryWritableRegion>();

  /** How often the power was cut before. */
  readonly #powerCuts: number;

  constructor(root = new DirectoryNode(), powerCuts = 0) {
    this.#root = root;
    this.#powerCuts = powerCuts;
  }

  bootId(): string {
    return `boot ${this.#powerCuts}`;
  }

  /** Paths of files that are open or mapped for writing: for tests that look for leaks. */
  get openPaths(): string[] {
    return [...this.#openFiles, ...this.#regions].map(({ path }) => path);
  }

  /** Bytes that are mapped for writing now. */
  get mappedBytes(): number {
    return [...this.#regions].reduce((sum, { position, end }) => sum + end - position, 0);
  }

  /** The disk that a machine finds after a power cut now. */
  afterPowerCut(random?: SeededRandom): MemoryDisk {
    return new MemoryDisk(this.#root.survivor(random), this.#powerCuts + 1);
  }

  /** The disk that the next process finds after this one was killed now. */
  afterKill(): MemoryDisk {
    return new MemoryDisk(this.#root.copy(), this.#powerCuts);
  }

  open(path: string, { create = false, exclusive = false, readOnly = false }: OpenOptions = {}): MemoryFile {
    this.call("open", path);
    const { directory, name } = this.#place("open", path);
    let node = directory.entries.get(name);
    if (node === undefined) {
      if (!create) throw new MemoryDiskError("open", path, "ENOENT");
      const made = node = new FileNode();
      directory.change((entries) => entries.set(name, made));
    } else if (exclusive) {
      throw new MemoryDiskError("open", path, "EEXIST");
    }
    if (node instanceof DirectoryNode) throw new MemoryDiskError("open", path, "EISDIR");
    const file = new MemoryFile(
      this,
      path,
      node,
      readOnly,
      this.#regions,
      () => this.#openFiles.delete(file),
    );
    this.#openFiles.add(file);
    return file;
  }

  list(directory: string): DirectoryEntry[] {
    this.call("list", directory);
    const entries = [...this.#directory("list", directory).entries];
    return entries.map(([name, node]) => ({ name, isDirectory: node instanceof DirectoryNode }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  exists(path: string): boolean {
    this.call("exists", path);
    return this.#find(path) !== undefined;
  }

  makeDirectory(path: string): void {
    this.call("makeDirectory", path);
    let directory = this.#root;
    for (const name of namesOf(path)) {
      let node = directory.entries.get(name);
      if (node === undefined) {
        const made = node = new DirectoryNode();
        directory.change((entries) => entries.set(name, made));
      }
      if (!(node instanceof DirectoryNode)) throw new MemoryDiskError("makeDirectory", path, "ENOTDIR");
      directory = node;
    }
  }

  rename(from: string, to: string): void {
    this.call("rename", from);
    const source = this.#place("rename", from);
    const target = this.#place("rename", to);
    const node = source.directory.entries.get(source.name);
    if (node === undefined) throw new MemoryDiskError("rename", from, "ENOENT");
    if (target.directory.entries.get(target.name) instanceof DirectoryNode) {
      throw new MemoryDiskError("rename", to, "EISDIR");
    }
    if (source.directory !== target.directory) {
      throw new Error(`rename ${from} to ${to}: only within a directory`);
    }
    source.directory.change((entries) => {
      entries.delete(source.name);
      entries.set(target.name, node);
    });
  }

  removeFile(path: string): void {
    this.call("removeFile", path);
    const { directory, name } = this.#place("removeFile", path);
    const node = directory.entries.get(name);
    if (node === undefined) throw new MemoryDiskError("removeFile", path, "ENOENT");
    if (node instanceof DirectoryNode) throw new MemoryDiskError("removeFile", path, "EISDIR");
    directory.change((entries) => entries.delete(name));
  }

  removeDirectory(path: string): void {
    this.call("removeDirectory", path);
    const { directory, name } = this.#place("removeDirectory", path);
    const node = directory.entries.get(name);
    if (!(node instanceof DirectoryNode)) throw new MemoryDiskError("removeDirectory", path, "ENOENT");
    if (node.entries.size > 0) throw new MemoryDiskError("removeDirectory", path, "ENOTEMPTY");
    directory.change((entries) => entries.delete(name));
  }

  syncDirectory(path: string): void {
    this.call("syncDirectory", path);
    this.#directory("syncDirectory", path).sync();
  }

  syncFileSystem(path: string): void {
    this.call("syncFileSystem", path);
    this.#root.syncAll();
  }

  fileSize(path: string): number {
    this.call("fileSize", path);
    const node = this.#find(path);
    if (!(node instanceof FileNode)) throw new MemoryDiskError("fileSize", path, "ENOENT");
    return node.size;
  }

  modifiedMs(path: string): number {
    this.call("modifiedMs", path);
    const node = this.#find(path);
    if (!(node instanceof FileNode)) throw new MemoryDiskError("modifiedMs", path, "ENOENT");
    return node.modifiedMs;
  }

  space(path: string): DiskSpace {
    this.call("space", path);
    return this.freeSpace;
  }

  lock(path: string): Disposable | undefined {
    this.call("lock", path);
    if (this.#locks.has(path)) return undefined;
    this.open(path, { create: true }).close();
    this.#locks.add(path);
    return { [Symbol.dispose]: () => void this.#locks.delete(path) };
  }

  /** The content of a file, for assertions and damage; no call, and never a fault. */
  read(path: string): Uint8Array {
    const node = this.#find(path);
    if (!(node instanceof FileNode)) throw new Error(`no file ${path}`);
    return node.bytes.slice(0, node.size);
  }

  /** Where the blocks end that a file has been given; no call, and never a fault. */
  allocatedEnd(path: string): number {
    const node = this.#find(path);
    if (!(node instanceof FileNode)) throw new Error(`no file ${path}`);
    return Math.max(node.allocatedEnd, node.size);
  }

  /** Replaces the content of a file, durably; no call, and never a fault. */
  write(path: string, bytes: Uint8Array): void {
    const { directory, name } = this.#place("write", path);
    const node = new FileNode();
    node.write(bytes, 0);
    node.sync();
    directory.change((entries) => entries.set(name, node));
    directory.sync();
  }

  /** From now on nothing of [from, to) is in the page cache, until it is read; no call, and never a fault. */
  evict(path: string, from = 0, to = Infinity): void {
    const node = this.#find(path);
    if (!(node instanceof FileNode)) throw new Error(`no file ${path}`);
    node.evict(from, Math.min(to, node.size));
  }

  /** Names in a directory; none if there is no such directory. */
  names(path: string): string[] {
    const node = this.#find(path);
    return node instanceof DirectoryNode ? [...node.entries.keys()].sort() : [];
  }

  call(call: string, path: string): void {
    this.onCall(call, path);
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (!(node instanceof DirectoryNode)) return undefined;
      node = node.entries.get(name);
    }
    return node;
  }

  #directory(call: string, path: string): DirectoryNode {
    const node = this.#find(path);
    if (node === undefined) throw new MemoryDiskError(call, path, "ENOENT");
    if (node instanceof FileNode) throw new MemoryDiskError(call, path, "ENOTDIR");
    return node;
  }

  #place(call: string, path: string): { directory: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new MemoryDiskError(call, path, "EINVAL");
    return { directory: this.#directory(call, names.join("/")), name };
  }
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly descriptor = -1;
  readonly #disk: MemoryDisk;
  readonly #node: FileNode;
  readonly #readOnly: boolean;
  readonly #regions: Set<MemoryWritableRegion>;
  readonly #onClosed: () => void;
  #references = 1;
  #isClosed = false;

  constructor(
    disk: MemoryDisk,
    path: string,
    node: FileNode,
    readOnly: boolean,
    regions: Set<MemoryWritableRegion>,
    onClosed: () => void,
  ) {
    this.#disk = disk;
    this.#regions = regions;
    this.path = path;
    this.#node = node;
    this.#readOnly = readOnly;
    this.#onClosed = onClosed;
  }

  size(): number {
    this.#use("size", false);
    return this.#node.size;
  }

  readAt(into: Uint8Array, position: number): number {
    this.#use("readAt", false);
    const length = Math.max(Math.min(into.length, this.#node.size - position), 0);
    if (!this.#node.isCached(position, position + length)) {
      this.#disk.onColdRead(this.path);
      for (const page of pagesOf(position, position + length)) this.#node.coldPages.delete(page);
    }
    into.set(this.#node.bytes.subarray(position, position + length));
    // What is read beyond the end must not be taken for anything.
    into.fill(0xdb, length);
    return length;
  }

  isCached(position: number, length: number): boolean {
    this.#use("isCached", false);
    return this.#node.isCached(position, position + length);
  }

  writeAt(bytes: Uint8Array, position: number): void {
    try {
      this.#use("writeAt", true);
    } catch (error) {
      const length = Math.floor(bytes.length * this.#disk.shortWriteShare);
      if (error instanceof MemoryDiskError && length > 0) {
        this.#node.write(bytes.subarray(0, length), position);
      }
      throw error;
    }
    this.#node.write(bytes, position);
    this.#node.modifiedMs = this.#disk.nowMs();
  }

  allocate(position: number, length: number): boolean {
    this.#use("allocate", true);
    this.#node.allocatedEnd = Math.max(this.#node.allocatedEnd, position + length);
    return true;
  }

  truncate(size: number): void {
    this.#use("truncate", true);
    for (const { end } of this.#node.writableRegions) {
      if (size < end) {
        throw new Error(`truncate ${this.path} to ${size}: it is mapped for writing up to ${end}`);
      }
    }
    this.#node.truncate(size);
  }

  syncData(): void {
    this.#use("syncData", false);
    this.#node.sync();
  }

  map(byteLength: number): MappedRegion {
    this.#use("map", false);
    return new MemoryRegion(this.path, this.#node, byteLength);
  }

  mapForWriting(position: number, byteLength: number): WritableRegion {
    this.#use("mapForWriting", true);
    if (!(position >= 0 && byteLength > 0)) throw new RangeError(`map ${byteLength} bytes at ${position}`);
    this.#node.grow(position + byteLength);
    return new MemoryWritableRegion(this.path, this.#node, position, position + byteLength, this.#regions);
  }

  retain(): void {
    this.#mustBeOpen("retain");
    this.#references++;
  }

  release(): void {
    this.#mustBeOpen("release");
    this.#references--;
    if (this.#references === 0) this.#onClosed();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #use(call: string, isWrite: boolean): void {
    this.#mustBeOpen(call);
    this.#disk.call(call, this.path);
    if (isWrite && this.#readOnly) throw new MemoryDiskError(call, this.path, "EBADF");
  }

  #mustBeOpen(call: string): void {
    if (this.#references === 0) throw new Error(`${call} of ${this.path}, which is closed`);
  }
}

class MemoryRegion implements MappedRegion {
  readonly byteLength: number;
  readonly #path: string;
  readonly #node: FileNode;
  #isOpen = true;

  constructor(path: string, node: FileNode, byteLength: number) {
    this.#path = path;
    this.#node = node;
    this.byteLength = byteLength;
  }

  getInt32(position: number): number {
    return this.#view(position, 4).getInt32(position);
  }

  getInt64(position: number): number {
    return Number(this.#view(position, 8).getBigInt64(position));
  }

  close(): void {
    this.#isOpen = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #view(position: number, length: number): DataView {
    if (!this.#isOpen) throw new RangeError(`the mapping of ${this.#path} is closed`);
    if (position + length > this.byteLength) {
      throw new RangeError(`${position} is behind the mapping of ${this.#path}`);
    }
    if (position + length > this.#node.size) {
      throw new Error(`SIGBUS: ${position} is behind the end of ${this.#path}`);
    }
    return new DataView(this.#node.bytes.buffer);
  }
}

class MemoryWritableRegion implements WritableRegion {
  readonly memory = { address: "0", byteLength: 0 };
  #references = 1;
  #isOpen = true;

  constructor(
    readonly path: string,
    readonly node: FileNode,
    readonly position: number,
    readonly end: number,
    readonly all: Set<MemoryWritableRegion>,
  ) {
    node.writableRegions.add(this);
    all.add(this);
  }

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (!this.#isOpen) throw new RangeError(`the mapping of ${this.path} is closed`);
    if (position < this.position || end > this.end) {
      throw new RangeError(`[${position}, ${end}) is not in the mapping of ${this.path}`);
    }
    if (end > this.node.size) throw new Error(`SIGBUS: ${end} is behind the end of ${this.path}`);
    this.node.write(bytes, position);
  }

  retain(): void {
    if (this.#references === 0) throw new Error(`retain a mapping of ${this.path}, which is gone`);
    this.#references++;
  }

  release(): void {
    if (this.#references === 0) throw new Error(`release a mapping of ${this.path}, which is gone`);
    if (--this.#references === 0) this.all.delete(this);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.node.writableRegions.delete(this);
    this.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The numbers of the pages that hold [from, to). */
function pagesOf(from: number, to: number): number[] {
  const first = Math.floor(from / PAGE_BYTES);
  return Array.from({ length: Math.max(Math.ceil(to / PAGE_BYTES) - first, 0) }, (_, index) => first + index);
}

function grownTo(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (bytes.length >= size) return bytes;
  const grown = new Uint8Array(Math.max(size, bytes.length * 2));
  grown.set(bytes);
  return grown;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
