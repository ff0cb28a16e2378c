/**
 * How far a transaction has come: names as clients read them, numbers as records have them.
 *
 *     Empty ──► Ongoing ──► PrepareCommit ──► CompleteCommit ──► Ongoing, Empty
 *                  └──────► PrepareAbort ───► CompleteAbort ───► Ongoing, Empty
 *
 * By the second version of the protocol an Empty or Complete one may go to PrepareAbort, too: a client that does not know
 * whether its transaction has begun may abort it.
 *
 * A producer is fenced by the step from Ongoing to PrepareAbort with a newer epoch, so PrepareEpochFence is never waited in;
 * and what expires is gone at once, so Dead is not either. They are names that a request may ask for.
 * @module
 */
const table = {
  Empty: 0,
  Ongoing: 1,
  PrepareCommit: 2,
  PrepareAbort: 3,
  CompleteCommit: 4,
  CompleteAbort: 5,
  Dead: 6,
  PrepareEpochFence: 7,
} as const;

export type TransactionStatus = keyof typeof table;

const names = Object.keys(table) as TransactionStatus[];

export function statusId(status: TransactionStatus): number {
  return table[status];
}

export function statusOfId(id: number): TransactionStatus | undefined {
  return names[id];
}

export function isStatusName(name: string): name is TransactionStatus {
  return Object.hasOwn(table, name);
}
