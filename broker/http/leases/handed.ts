/**
 * How often each record past a group's committed offset was handed out.
 *
 * Each time it was from the committed offset on, so how far is all that is to be kept: a record was handed out as often as
 * there are handouts that reach beyond it.
 * @module
 */

/** How far, and how often so far; the shortest first. */
export type Handed = readonly (readonly [to: number, times: number])[];

/** It has to fit in beside an offset. Beyond it the shortest count as if they had reached as far as the next. */
const MAX_ENDS = 16;

export function timesHanded(handed: Handed, offset: number): number {
  return handed.reduce((sum, [to, times]) => to > offset ? sum + times : sum, 0);
}

/** With one more handout, up to `end`. */
export function handOut(handed: Handed, end: number): Handed {
  const times = handed.find(([to]) => to === end)?.[1] ?? 0;
  const all = [...handed.filter(([to]) => to !== end), [end, times + 1] as const].sort((a, b) => a[0] - b[0]);
  if (all.length <= MAX_ENDS) return all;
  const [[, first], [to, second], ...others] = all as [Handed[number], Handed[number], ...Handed];
  return [[to, first + second], ...others];
}

/** Of what is left when all before `offset` is committed. */
export function handedAfter(handed: Handed, offset: number): Handed {
  return handed.filter(([to]) => to > offset);
}
