/**
 * The language of the I/O Worker: jobs go one way, outcomes come back, both through a {@link Ring}.
 * A few thousand a second at most (group commit sees to that), so they are JSON: readable, and cheap enough.
 * @module
 */

export type DiskJob =
  | {
    readonly kind: "sync";
    readonly token: number;
    readonly descriptors: readonly number[];
    readonly paths: readonly string[];
  }
  | {
    readonly kind: "remove";
    readonly token: number;
    readonly files: readonly string[];
    readonly directories: readonly string[];
    readonly parent: string;
  }
  | { readonly kind: "stop" };

export interface DiskOutcome {
  readonly token: number;
  /** What failed, for a person, and its errno's name. */
  readonly failure?: { readonly message: string; readonly code: string };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeMessage(message: DiskJob | DiskOutcome): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

export function decodeJob(bytes: Uint8Array): DiskJob {
  return JSON.parse(decoder.decode(bytes));
}

export function decodeOutcome(bytes: Uint8Array): DiskOutcome {
  return JSON.parse(decoder.decode(bytes));
}
