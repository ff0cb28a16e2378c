/**
 * What a transactional producer was told of its transactions and what is committed in the end, and whether both can be
 * true: a committed one is there as a whole, an aborted one not at all, one whose outcome nobody was told is there as a whole or
 * not at all; nothing twice, and of each partition in order.
 *
 * A value is "TRANSACTION INDEX"; transactions are numbered in the order of their beginnings.
 * @module
 */
export type Outcome = "committed" | "aborted" | "unknown";

export class TransactionHistory {
  readonly #transactions: { outcome: Outcome; readonly values: Set<string> }[] = [];

  get size(): number {
    return this.#transactions.length;
  }

  countOf(outcome: Outcome): number {
    return this.#transactions.filter((transaction) => transaction.outcome === outcome).length;
  }

  /** A transaction begins: returns its number. Until its outcome is told it is unknown. */
  begin(): number {
    this.#transactions.push({ outcome: "unknown", values: new Set() });
    return this.#transactions.length - 1;
  }

  /** The value of its next record. */
  nextValue(transaction: number): string {
    const { values } = this.#transactions[transaction]!;
    const value = `${transaction} ${values.size}`;
    values.add(value);
    return value;
  }

  end(transaction: number, outcome: Outcome): void {
    this.#transactions[transaction]!.outcome = outcome;
  }

  /** What is wrong with the committed values of the partitions, in a few sentences. */
  findings(partitions: readonly (readonly string[])[]): string[] {
    const problems: string[] = [];
    const found = this.#transactions.map(() => 0);
    const seen = new Set<string>();
    for (const [partition, values] of partitions.entries()) {
      let last: readonly number[] = [-1, -1];
      for (const value of values) {
        const [transaction, index] = value.split(" ").map(Number) as [number, number];
        if (!this.#transactions[transaction]?.values.has(value)) {
          problems.push(`partition ${partition}: "${value}" is nobody's`);
          continue;
        }
        if (seen.has(value)) problems.push(`partition ${partition}: "${value}" is there twice`);
        seen.add(value);
        found[transaction]!++;
        if (transaction < last[0]! || (transaction === last[0] && index < last[1]!)) {
          problems.push(`partition ${partition}: "${value}" comes after "${last.join(" ")}"`);
        }
        last = [transaction, index];
      }
    }
    for (const [transaction, { outcome, values }] of this.#transactions.entries()) {
      const count = found[transaction]!;
      const isWhole = count === values.size;
      const isGone = count === 0;
      const fits = { committed: isWhole, aborted: isGone, unknown: isWhole || isGone }[outcome];
      if (!fits) {
        problems.push(`transaction ${transaction}, ${outcome}: ${count} of ${values.size} are there`);
      }
    }
    return problems.slice(0, 20);
  }
}
