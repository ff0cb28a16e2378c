/**
 * What all parts of a check share: the disk, read only, where findings go, and what is counted.
 * @module
 */
import type { Disk } from "../disk.ts";
import { diskErrorCode, errorText } from "../log_error.ts";
import type { Findings } from "./findings.ts";

export interface CheckCounts {
  partitionCount: number;
  segmentCount: number;
  batchCount: number;
  recordCount: number;
  /** Bytes of good batches. */
  logBytes: number;
}

export class CheckContext {
  readonly disk: Disk;
  readonly findings: Findings;
  /** After a crash the end of a log may be torn; after a clean close nothing may be. */
  readonly wasClosedCleanly: boolean;
  readonly counts: CheckCounts = {
    partitionCount: 0,
    segmentCount: 0,
    batchCount: 0,
    recordCount: 0,
    logBytes: 0,
  };
  /** Of log files, so many more bytes were read. */
  readonly onProgress: (bytes: number) => void;

  constructor(
    disk: Disk,
    findings: Findings,
    wasClosedCleanly: boolean,
    onProgress: (bytes: number) => void,
  ) {
    this.disk = disk;
    this.findings = findings;
    this.wasClosedCleanly = wasClosedCleanly;
    this.onProgress = onProgress;
  }

  /** A problem if the directory was closed cleanly; else what recovery is there for. */
  tellUnlessCrashed(path: string, message: string): void {
    this.findings.tell(this.wasClosedCleanly ? "problem" : "note", path, message);
  }

  readBytes(path: string): Uint8Array | undefined {
    if (!this.disk.exists(path)) return undefined;
    return this.reading(path, () => {
      using file = this.disk.open(path, { readOnly: true });
      const bytes = new Uint8Array(file.size());
      return bytes.subarray(0, file.readAt(bytes, 0));
    });
  }

  readText(path: string): string | undefined {
    const bytes = this.readBytes(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  /** What `read` gives; undefined, and a problem told, if the disk refuses. */
  reading<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const code = diskErrorCode(error);
      if (code === undefined) throw error;
      // Somebody's broker goes on: what it takes out of a log was there when the directory was listed.
      if (code === "ENOENT") this.findings.note(path, "it was taken away meanwhile");
      else this.findings.problem(path, `it can't be read: ${errorText(error)}`);
      return undefined;
    }
  }
}
