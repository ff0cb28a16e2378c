import assert from "node:assert/strict";
import { getInt64, setInt64 } from "./int64.ts";

Deno.test("setInt64 writes what DataView writes when the number is exact", () => {
  const view = new DataView(new ArrayBuffer(16));
  const border = [2 ** 31, 2 ** 32, 2 ** 33, 2 ** 52, Number.MAX_SAFE_INTEGER - 1];
  for (const value of [0, 1, ...border.flatMap((at) => [at - 1, at, at + 1])]) {
    for (const signed of [value, -value]) {
      setInt64(view, 3, signed);
      assert.equal(view.getBigInt64(3), BigInt(signed));
      assert.equal(getInt64(view, 3), signed === 0 ? 0 : signed);
    }
  }
});

Deno.test("setInt64 writes the nearest int64 when the number is beyond", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (
    const [value, written] of [
      [Infinity, 2n ** 63n - 1n],
      [2 ** 63, 2n ** 63n - 1n],
      [-Infinity, -(2n ** 63n)],
      [-(2 ** 63), -(2n ** 63n)],
    ] as const
  ) {
    setInt64(view, 0, value);
    assert.equal(view.getBigInt64(0), written);
  }
});
