/**
 * What checks may ask of the machine. All of it can be made up, so that every branch of every check can be tested.
 * @module
 */

export interface FileFacts {
  readonly isDirectory: boolean;
  readonly uid: number;
  /** Permissions, as in 0o755. */
  readonly mode: number;
  readonly inode: number;
}

export interface FileSystemFacts {
  readonly totalBytes: number;
  /** For those who are not root. */
  readonly freeBytes: number;
  /** 0 where there is no such number. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

export interface Machine {
  readonly os: string;
  readonly arch: string;
  readonly runtimeVersion: string;
  readonly processors: number;
  readonly uid: number;
  /** Where native add-ons are unpacked. */
  readonly temporaryDirectory: string;
  /** undefined: it is not there, or may not be read. */
  readText(path: string): string | undefined;
  list(path: string): readonly string[] | undefined;
  readLink(path: string): string | undefined;
  stat(path: string): FileFacts | undefined;
  /** Without links; the path itself if it is not there. */
  realPath(path: string): string;
  /** A file can be written; in a directory files can be made. */
  isWritable(path: string): boolean;
  statFileSystem(path: string): FileSystemFacts | undefined;
  /** What it prints, if it is there and ends well. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
  /** How long a write of 4 KiB and fdatasync took, milliseconds, some times over. Throws what the disk did. */
  probeSync(directory: string): readonly number[];
  /** Listens for a moment. Throws what the system said. */
  probeListen(address: { readonly host: string; readonly port: number }): void;
  /** Calls the system as the broker does. Throws what was missing. */
  probeSystemCalls(): void;
  wallMs(): number;
  monotonicMs(): number;
}
