/**
 * Finds what somebody probably meant to type.
 * @module
 */

/**
 * The one of `names` that is fewest slips of the finger away from `name`: letters missing, added, wrong or swapped with
 * their neighbour. Undefined if even the nearest differs in more than a third of its letters, because then naming
 * it would mislead. Case and the choice between ".", "_" and "-" don't count.
 */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  const wanted = plain(name);
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const candidate of names) {
    const slips = slipCount(wanted, plain(candidate));
    if (slips < fewest && slips * 3 <= Math.max(wanted.length, candidate.length)) {
      nearest = candidate;
      fewest = slips;
    }
  }
  return nearest;
}

/** "; did you mean X?", or nothing where nothing is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[._-]/g, ".");
}

/** Optimal string alignment distance: Levenshtein's, where swapping two neighbours counts as one. */
function slipCount(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      let slips = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (isSame ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        slips = Math.min(slips, beforeLast[column - 2]! + 1);
      }
      current.push(slips);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}
