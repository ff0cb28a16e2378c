/**
 * CRC-32C of 64 bytes to 256 KiB by each implementation, and by the one that {@link crc32c} chooses for the size. The
 * point where the native one begins to pay is what `protocol/crc32c.ts` has as its border.
 * @module
 */
import { crc32c, crc32cTypeScript, loadNativeCrc32c } from "../protocol/crc32c.ts";
import { SeededRandom } from "../protocol/testing/seeded_random.ts";

const crc32cNative = await loadNativeCrc32c();

const SIZES = [64, 256, 512, 1024, 16 * 1024, 256 * 1024];

for (const size of SIZES) {
  const bytes = new SeededRandom(1).bytes(size);
  const group = size < 1024 ? `${size} B` : `${size / 1024} KiB`;
  Deno.bench({ name: `crc32c, ${group}`, group, baseline: true, fn: () => void crc32c(bytes) });
  Deno.bench({ name: `TypeScript, ${group}`, group, fn: () => void crc32cTypeScript(bytes) });
  const native = crc32cNative;
  // The subarray is what a checksum within larger bytes costs, as a batch's is.
  if (native !== undefined) {
    Deno.bench({ name: `native, ${group}`, group, fn: () => void native(bytes.subarray(0, size)) });
  }
}

/** Each implementation at some sizes; they must agree. */
export function smoke(): string {
  const bytes = new SeededRandom(1).bytes(2000);
  const digests = [crc32c, crc32cTypeScript, crc32cNative ?? crc32c].map((checksum) =>
    [0, 1, 64, 511, 512, 2000].map((size) => checksum(bytes.subarray(0, size)).toString(16)).join(" ")
  );
  if (new Set(digests).size !== 1) throw new Error(`the implementations differ: ${digests.join("; ")}`);
  return digests[0]!;
}
