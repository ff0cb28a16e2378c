/**
 * What an acknowledgement means, in a sentence that everybody who gets one can repeat.
 * @module
 */
import type { LogConfig } from "../storage/log_config.ts";

export interface Durability {
  /** Nothing is acknowledged before it is on stable storage. */
  readonly isOnDisk: boolean;
  readonly sentence: string;
}

/** What topics without settings of their own promise. */
export function durabilityOf({ flushMessages, flushMs }: LogConfig): Durability {
  if (flushMessages === 1) return { isOnDisk: true, sentence: "acknowledged = on disk (fdatasync)" };
  return {
    isOnDisk: false,
    sentence: `a killed process loses nothing acknowledged; a power cut ${powerCut(flushMs)}`,
  };
}

function powerCut(flushMs: number): string {
  if (flushMs === Infinity) return "whatever the system has not written out by itself";
  if (flushMs === 1000) return "at most the last second";
  return flushMs % 1000 === 0
    ? `at most the last ${flushMs / 1000} seconds`
    : `at most the last ${flushMs} milliseconds`;
}
