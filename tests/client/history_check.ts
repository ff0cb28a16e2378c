/**
 * Holds a {@link History} against all that is in a topic, of whatever codec.
 * @module
 */
import type { History } from "../crash/history.ts";
import { storedRecords, textOf } from "./producing.ts";

/** Once nobody writes any more. Throws if what producers were told and what is there can't both be true. */
export async function checkHistory(
  history: History,
  bootstrap: string,
  topic: string,
  partitionCount: number,
): Promise<void> {
  const finish = history.beginCheck();
  for (const [partition, records] of (await storedRecords(bootstrap, topic, partitionCount)).entries()) {
    let previous = -1;
    for (const { offset, value } of records) {
      history.poll(partition, offset, textOf(value), previous);
      previous = offset;
    }
  }
  finish();
  history.checkPhantoms();
  history.assertSound();
}
