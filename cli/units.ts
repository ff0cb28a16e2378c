/**
 * Numbers as people read them.
 * @module
 */
const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"];

/** "999 bytes", "1.5 GB": powers of 1000. */
export function showBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // Three digits of 999.6 kB are 1.00 MB.
  for (; value >= (unit === 0 ? 1000 : 999.5) && unit < BYTE_UNITS.length - 1; unit++) value /= 1000;
  return unit === 0
    ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}`
    : `${value.toPrecision(3)} ${BYTE_UNITS[unit]}`;
}

/** "1,234,567" */
export function showCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 batch", "2,000 batches" */
export function showMany(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

/** "0.25 s", "4 min 10 s" */
export function showSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
