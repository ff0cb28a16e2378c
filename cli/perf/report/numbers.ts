/**
 * Numbers as a page shows them: short on an axis, in full in a table.
 * @module
 */

const SUFFIXES = ["", "k", "M", "G", "T"];

/** "1.25 M", "340 k", "12": three digits, without zeros at the end. */
export function shortCount(value: number): string {
  let rest = value;
  let suffix = 0;
  for (; Math.abs(rest) >= 999.5 && suffix < SUFFIXES.length - 1; suffix++) rest /= 1000;
  const digits = String(Number(rest.toPrecision(3)));
  return suffix === 0 ? digits : `${digits} ${SUFFIXES[suffix]}`;
}

/** "0.25 ms", "12.5 ms", "1.5 s", "80 µs" */
export function shortMs(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 0.0995) return `${threeDigits(ms * 1000)} µs`;
  return ms < 999.5 ? `${threeDigits(ms)} ms` : `${threeDigits(ms / 1000)} s`;
}

/** "250 MB", "1.5 GB" */
export function shortBytes(bytes: number): string {
  const [digits, suffix = ""] = shortCount(bytes).split(" ");
  return `${digits} ${suffix === "k" ? "kB" : `${suffix}B`}`;
}

function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
