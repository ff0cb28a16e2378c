/**
 * The three ways in which the log engine refuses. `LogError`: a request can't be served, with the code that the client
 * gets. `DataDirectoryError`: the broker can't start on this directory; the message is one sentence for its operator.
 * `invariant`: our own mistake; nothing may go on as if it had not happened.
 * @module
 */
import type { DiskError } from "./disk.ts";

/** A request that the log can't serve. `code` is one of protocol/errors.ts. */
export class LogError extends Error {
  override readonly name = "LogError";
  constructor(readonly code: number, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Why one record of a batch is refused. */
export interface RefusedRecord {
  /** Its place in the batch. */
  readonly index: number;
  readonly message: string;
}

/** A batch that is refused for some of its records. */
export class RefusedRecordsError extends LogError {
  constructor(code: number, message: string, readonly records: readonly RefusedRecord[]) {
    super(code, message);
  }
}

/** The data directory can't be used; the message says what was found and what to do. */
export class DataDirectoryError extends Error {
  override readonly name = "DataDirectoryError";
}

/** Throws if what must be true in this code is not. */
export function invariant(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message()}`);
}

/** The errno's name ("ENOSPC", …) if `error` came from the disk. */
export function diskErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Partial<DiskError>).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** No space left: the one failure of a write that passes by itself, once somebody makes room. */
export function isDiskFull(error: unknown): boolean {
  const code = diskErrorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** No descriptor was left to open something with: nothing was tried, so nothing is in doubt. It passes by itself. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = diskErrorCode(error);
  return code === "EMFILE" || code === "ENFILE";
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
