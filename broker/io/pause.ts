/**
 * A sleep that blocks its thread.
 * @module
 */

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Only where waiting is right: a Worker that can't get rid of an outcome, or the very end. */
export function pause(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}
