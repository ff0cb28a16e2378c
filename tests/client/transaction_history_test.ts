import assert from "node:assert/strict";
import { TransactionHistory } from "./transaction_history.ts";

function three(): TransactionHistory {
  const history = new TransactionHistory();
  for (const outcome of ["committed", "aborted", "unknown"] as const) {
    const transaction = history.begin();
    history.nextValue(transaction);
    history.nextValue(transaction);
    history.end(transaction, outcome);
  }
  return history;
}

Deno.test("TransactionHistory finds nothing wrong where all or nothing of each is there", () => {
  assert.deepEqual(three().findings([["0 0", "2 1"], ["0 1", "2 0"]]), []);
  assert.deepEqual(three().findings([["0 0", "0 1"]]), []);
});

Deno.test("TransactionHistory finds what is torn, back from an abort, twice, out of order or nobody's", () => {
  const wrong: readonly [partitions: string[][], finding: RegExp][] = [
    [[["0 0"]], /0, committed: 1 of 2/],
    [[["0 0", "0 1", "1 0"]], /1, aborted: 1 of 2/],
    [[["0 0", "0 1", "2 0"]], /2, unknown: 1 of 2/],
    [[["0 0", "0 1", "0 1"]], /"0 1" is there twice/],
    [[["0 1", "0 0"]], /"0 0" comes after "0 1"/],
    [[["0 0", "0 1", "7 0"]], /"7 0" is nobody's/],
  ];
  for (const [partitions, finding] of wrong) assert.match(three().findings(partitions).join("\n"), finding);
});
