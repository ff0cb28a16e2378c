/**
 * A latency's cells, gathered into as many bars of equal width on a logarithmic axis as a chart has room for.
 * @module
 */
import type { LatencyCell } from "../result.ts";

export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of all, 0 … 1. */
  readonly share: number;
}

/**
 * Bars from `fromMs` to `toMs`. A cell that lies in several bars is spread over them as it lies in them, or some bars would
 * be empty just because of where cells begin. All shares add up to 1 if no cell lies outside.
 */
export function latencyBars(
  cells: readonly LatencyCell[],
  { fromMs, toMs, count }: { readonly fromMs: number; readonly toMs: number; readonly count: number },
): Bar[] {
  const factor = (toMs / fromMs) ** (1 / count);
  const bars = Array.from({ length: count }, (_, at) => ({
    fromMs: fromMs * factor ** at,
    toMs: fromMs * factor ** (at + 1),
    share: 0,
  }));
  const total = cells.reduce((sum, { count }) => sum + count, 0);
  const barOf = (ms: number) => {
    const at = Math.floor(Math.log(Math.max(ms, fromMs) / fromMs) / Math.log(factor) + 1e-9);
    return Math.min(Math.max(at, 0), count - 1);
  };
  for (const cell of cells) {
    const first = barOf(cell.fromMs);
    const last = Math.max(first, barOf(cell.toMs * (1 - 1e-9)));
    const width = cell.toMs - cell.fromMs;
    let left = cell.count;
    for (let at = first; at < last; at++) {
      const inside = bars[at]!.toMs - Math.max(bars[at]!.fromMs, cell.fromMs);
      const part = Math.min(left, cell.count * Math.max(0, inside) / width);
      bars[at]!.share += part / total;
      left -= part;
    }
    bars[last]!.share += left / total;
  }
  return bars;
}
