/**
 * Puts a compacted segment in the place of those that it was made from, while the log is in use: the steps of
 * `segment_swap.ts`, with the two waits for the disk between them done by somebody else's thread.
 *
 * Readers that hold the old files go on with them. Between the first wait and the second the log is fenced if anything
 * fails, since nobody knows then which files have which names: the next start does, by their names.
 * @module
 */
import type { RewrittenGroup } from "./compaction/compaction_outcome.ts";
import type { BackgroundDisk } from "./environment.ts";
import { diskErrorCode } from "./log_error.ts";
import type { PartitionLog } from "./partition_log.ts";

/** `done`: the group is in place, durably, and these files are to be removed some time; or it could not be done. */
export function replaceSegments(
  log: PartitionLog,
  group: RewrittenGroup,
  background: BackgroundDisk,
  done: (error: Error | undefined, removed: readonly string[]) => void,
): void {
  const attempt = (step: () => readonly string[]): readonly string[] | undefined => {
    try {
      return step();
    } catch (error) {
      if (diskErrorCode(error) === undefined && !log.failure) throw error;
      done(error as Error, []);
      return undefined;
    }
  };
  if (attempt(() => log.beginReplacement(group)) === undefined) return;
  background.syncDirectory(log.directory, (error) => {
    if (error) return done(error, []);
    const removed = attempt(() => log.finishReplacement(group));
    if (removed === undefined) return;
    background.syncDirectory(log.directory, (error) => done(error, removed));
  });
}
