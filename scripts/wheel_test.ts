import { deepEqual, equal, throws } from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { elfAlone, largestFile } from "./wheel.ts";

/** A zip archive as tools write it; with a comment at its end, and extra fields in the local headers. */
function zip(files: readonly { name: string; bytes: Uint8Array; isPacked: boolean }[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  const push = (list: Uint8Array[], size: number, fill: (view: DataView) => void, ...rest: Uint8Array[]) => {
    const bytes = new Uint8Array(size);
    fill(new DataView(bytes.buffer));
    list.push(bytes, ...rest);
    return size + rest.reduce((sum, { length }) => sum + length, 0);
  };
  for (const { name, bytes, isPacked } of files) {
    const title = new TextEncoder().encode(name);
    const packed = isPacked ? new Uint8Array(deflateRawSync(bytes)) : bytes;
    const extra = new Uint8Array(4);
    const header = position;
    position += push(
      parts,
      30,
      (view) => {
        view.setUint32(0, 0x04034b50, true);
        view.setUint16(26, title.length, true);
        view.setUint16(28, extra.length, true);
      },
      title,
      extra,
      packed,
    );
    push(directory, 46, (view) => {
      view.setUint32(0, 0x02014b50, true);
      view.setUint16(10, isPacked ? 8 : 0, true);
      view.setUint32(20, packed.length, true);
      view.setUint32(24, bytes.length, true);
      view.setUint16(28, title.length, true);
      view.setUint32(42, header, true);
    }, title);
  }
  const comment = new TextEncoder().encode("a comment");
  push(directory, 22, (view) => {
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(10, files.length, true);
    view.setUint32(16, position, true);
    view.setUint16(20, comment.length, true);
  }, comment);
  const whole = [...parts, ...directory].flatMap((part) => [...part]);
  return new Uint8Array(whole);
}

const small = { name: "a/METADATA", bytes: new Uint8Array([1, 2, 3]), isPacked: false };
const large = { name: "a/bin/program", bytes: new Uint8Array(5000).fill(7), isPacked: true };

Deno.test("largestFile unpacks the largest file of a zip archive", () => {
  deepEqual(new Uint8Array(largestFile(zip([small, large]))), large.bytes);
  deepEqual(new Uint8Array(largestFile(zip([large, small]))), large.bytes);
  deepEqual(new Uint8Array(largestFile(zip([small]))), small.bytes);
});

Deno.test("largestFile refuses what is no zip archive", () => {
  throws(() => largestFile(new Uint8Array(100)), /not a zip archive/);
  throws(() => largestFile(zip([])), /empty/);
});

/** An ELF header whose section header table ends at `length`. */
function elf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2]);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(40, BigInt(length - 3 * 64), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 3, true);
  return bytes;
}

Deno.test("elfAlone cuts off what was appended to a program", () => {
  const program = elf(1000);
  const compiled = new Uint8Array(1500);
  compiled.set(program);
  deepEqual(elfAlone(compiled), program);
  equal(elfAlone(program).length, 1000);
});

Deno.test("elfAlone refuses other files and programs that are cut off", () => {
  throws(() => elfAlone(new Uint8Array(100)), /not a 64-bit ELF/);
  throws(() => elfAlone(elf(1000).subarray(0, 900)), /cut off/);
});
