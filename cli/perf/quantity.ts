/**
 * Amounts as people type them: "5M" records, "4Ki" bytes, "90s" or "5m" of time.
 * @module
 */
const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  ...{ k: 1e3, m: 1e6, g: 1e9 },
  ...{ ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 },
};
const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, "": 1, s: 1, m: 60, h: 3600 };

/** A whole number; undefined: the text is none. "1.5M" is one. */
export function parseQuantity(text: string): number | undefined {
  const found = /^(\d+(?:[_,]\d{3})*(?:\.\d+)?)\s*([kmg]?i?)$/i.exec(text.trim());
  const factor = FACTORS[found?.[2]?.toLowerCase() ?? "none"];
  if (found === null || factor === undefined) return undefined;
  const value = Number((Number(found[1]!.replaceAll(/[_,]/g, "")) * factor).toPrecision(15));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Seconds; undefined: the text is no time. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|)$/.exec(text.trim());
  if (found === null) return undefined;
  return Number(found[1]) * SECONDS[found[2]!]!;
}
