/**
 * What may be the offset of a record.
 * @module
 */

/** Throws a TypeError. */
export function checkOffset(offset: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return;
  throw new TypeError(`an offset is a whole number of at least 0, and ${offset} is not`);
}
