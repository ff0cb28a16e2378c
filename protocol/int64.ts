/**
 * The wire's int64 as JavaScript numbers. Offsets, timestamps and producer ids stay far below 2^53, up to which a
 * number is exact; a larger one is read as the nearest number. What does not fit is written as the nearest int64.
 * No BigInt: these run several times per batch, and a BigInt is an allocation.
 * @module
 */
const TWO_32 = 0x1_0000_0000;
const TWO_63 = 0x8000_0000_0000_0000;

export function getInt64(view: DataView, position: number): number {
  return view.getInt32(position) * TWO_32 + view.getUint32(position + 4);
}

/** `value` is an integer, or Infinity. */
export function setInt64(view: DataView, position: number, value: number): void {
  if (value >= TWO_63) {
    view.setUint32(position, 0x7fff_ffff);
    view.setUint32(position + 4, 0xffff_ffff);
  } else if (value <= -TWO_63) {
    view.setUint32(position, 0x8000_0000);
    view.setUint32(position + 4, 0);
  } else {
    const high = Math.floor(value / TWO_32);
    view.setInt32(position, high);
    view.setUint32(position + 4, value - high * TWO_32);
  }
}
