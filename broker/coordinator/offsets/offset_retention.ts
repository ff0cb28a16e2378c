/**
 * Looks through all groups every `offsets.retention.check.interval.ms`, and writes tombstones for what has expired, and for
 * empty groups that nothing is left of. A round is cut into slices, between which clients are served.
 * @module
 */
import type { Clock, Logger } from "../../../storage/environment.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { Deadlines } from "../../reactor/deadlines.ts";
import type { Group } from "../group.ts";
import type { GroupRegistry } from "../group_registry.ts";
import type { JournalRecord } from "../journal.ts";
import type { OffsetPlace } from "./committed_offset.ts";
import { expiredOffsets } from "./expiration.ts";
import type { OffsetState } from "./offset_state.ts";

/** Groups that are looked at in one turn of the loop. */
const GROUPS_PER_SLICE = 200;

export interface OffsetRetentionOptions {
  readonly groups: GroupRegistry;
  readonly offsetsOf: (groupId: string) => OffsetState;
  /** Takes offsets back, and writes what else is to go with them. Throws LogError, and has changed nothing then. */
  readonly remove: (groupId: string, places: readonly OffsetPlace[], more: readonly JournalRecord[]) => void;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Logger;
  readonly retentionMs: number;
  readonly retentionCheckIntervalMs: number;
}

export class OffsetRetention {
  readonly #options: OffsetRetentionOptions;

  constructor(options: OffsetRetentionOptions) {
    this.#options = options;
  }

  /** Begins the first round after an interval. */
  start(): void {
    const { groups, retentionCheckIntervalMs } = this.#options;
    this.#after(retentionCheckIntervalMs, () => this.#goOn(groups.groups()));
  }

  #goOn(groups: IterableIterator<Group>): void {
    try {
      for (let count = 0; count < GROUPS_PER_SLICE; count++) {
        const next = groups.next();
        if (next.done) return this.start();
        this.#expire(next.value);
      }
      this.#after(0, () => this.#goOn(groups));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#options.log("warn", `committed offsets that have expired are kept for now: ${error.message}`);
      this.start();
    }
  }

  #expire(group: Group): void {
    const { groups, offsetsOf, remove, clock, retentionMs, log } = this.#options;
    const { places, isAll } = expiredOffsets(group, offsetsOf(group.id), { nowMs: clock.now(), retentionMs });
    const isOver = isAll && group.isEmpty;
    if (places.length === 0 && !isOver) return;
    remove(group.id, places, isOver ? group.tombstones() : []);
    if (isOver) groups.forget(group.id);
    log(
      "info",
      `group "${group.id}": ${places.length} committed offsets have expired${
        isOver ? ", and so has it" : ""
      }`,
    );
  }

  #after(ms: number, action: () => void): void {
    const { clock, deadlines } = this.#options;
    deadlines.add(clock.monotonic() + ms, action);
  }
}
