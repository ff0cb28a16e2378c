/**
 * Where records are when they are acknowledged: what a killed process, or a power cut, leaves of them.
 *
 * What must be true: it is what the broker itself said of the very batch, never a guess: Milena says it in the answer to
 * Produce (protocol/messages/00_produce.ts), other brokers don't.
 * @module
 */
import { ProduceDurability } from "../../protocol/messages/00_produce.ts";

/** "unknown": the broker does not say, or was not asked (acks=0). */
export type RecordDurability = "disk" | "page-cache" | "unknown";

const STRONGEST_FIRST: readonly RecordDurability[] = ["disk", "page-cache", "unknown"];

/** What the broker's code says. */
export function recordDurability(code: number): RecordDurability {
  if (code === ProduceDurability.DISK) return "disk";
  return code === ProduceDurability.PAGE_CACHE ? "page-cache" : "unknown";
}

/** What holds for both. */
export function weaker(a: RecordDurability, b: RecordDurability): RecordDurability {
  return STRONGEST_FIRST[Math.max(STRONGEST_FIRST.indexOf(a), STRONGEST_FIRST.indexOf(b))]!;
}
