/**
 * All aborted transactions of a log, from the `.txnindex` files in its directory, for a compaction in another thread than the
 * log's. A file may be growing: what is not whole yet is no concern of a compaction, which ends before the first transaction
 * that was open when it was planned.
 * @module
 */
import type { Disk } from "../disk.ts";
import { join, parseSegmentFile } from "../file_names.ts";
import { type AbortedTransaction, TransactionIndex } from "../transaction_index.ts";

/** By first offset. */
export function readAbortedTransactions(disk: Disk, directory: string): AbortedTransaction[] {
  const found: AbortedTransaction[] = [];
  for (const { name } of disk.list(directory)) {
    const file = parseSegmentFile(name);
    if (file?.kind !== "txnindex") continue;
    using index = new TransactionIndex(disk, join(directory, name), file.offset);
    found.push(...index.entries());
  }
  return found.sort((a, b) => a.firstOffset - b.firstOffset);
}
