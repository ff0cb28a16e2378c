/**
 * What recovery works with, in all its parts.
 * @module
 */
import type { Clock } from "./environment.ts";
import type { SegmentContext } from "./segment.ts";

export interface RecoveryContext extends SegmentContext {
  readonly clock: Clock;
}
