/**
 * A compaction from its first word to its last, on the thread that does it.
 *
 * The job comes in a file: it names every segment and producer of a log, which can be more than a message between threads
 * has room for.
 * @module
 */
import { readText, writeText } from "../atomic_file.ts";
import type { Disk } from "../disk.ts";
import { Compaction, type CompactionContext } from "./compaction.ts";
import type { CompactedGroup, CompactionResult } from "./compaction_outcome.ts";
import type { CompactionJob } from "./compaction_job.ts";

/** Puts `job` where {@link runCompaction} finds it. */
export function writeCompactionJob(disk: Disk, path: string, job: CompactionJob): void {
  writeText(disk, path, JSON.stringify(job));
}

/** Takes the job away from `path` and does it; gives each group that is done, and in the end what it has all come to. */
export function* runCompaction(
  context: CompactionContext,
  path: string,
): Generator<CompactedGroup, CompactionResult> {
  const text = readText(context.disk, path);
  if (text === undefined) throw new Error(`there is no compaction job at ${path}`);
  // Or it would lie there for as long as nothing more is to be compacted.
  context.disk.removeFile(path);
  const compaction = new Compaction(context, JSON.parse(text));
  compaction.begin();
  for (let group = compaction.next(); group !== undefined; group = compaction.next()) yield group;
  return compaction.result;
}
