/**
 * Where metrics come from.
 * @module
 */
import type { Exposition } from "./exposition.ts";

/** What tells metrics. It must not fail because something is away: then it has nothing to tell. */
export interface MetricsSource {
  write(exposition: Exposition): void | Promise<void>;
}
