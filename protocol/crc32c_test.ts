import assert from "node:assert/strict";
import { crc32c, crc32cImplementation, crc32cTypeScript, loadNativeCrc32c } from "./crc32c.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const crc32cNative = await loadNativeCrc32c();

/** The definition, bit by bit. */
function model(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const implementations = [
  ["crc32c", crc32c],
  ["crc32cTypeScript", crc32cTypeScript],
  [
    "crc32cNative",
    (bytes: Uint8Array, start: number, end: number) => crc32cNative?.(bytes.subarray(start, end)),
  ],
] as const;

for (const [name, checksum] of implementations) {
  const ignore = name === "crc32cNative" && crc32cImplementation() === "typescript";

  Deno.test({
    name: `${name} gives the check values of RFC 3720 when asked for them`,
    ignore,
    fn() {
      const up = Uint8Array.from({ length: 32 }, (_, at) => at);
      const vectors: [Uint8Array, number][] = [
        [new Uint8Array(32), 0x8a9136aa],
        [new Uint8Array(32).fill(0xff), 0x62a8ab43],
        [up, 0x46dd794e],
        [up.toReversed(), 0x113fdb5c],
        [new TextEncoder().encode("123456789"), 0xe3069283],
        [new Uint8Array(0), 0],
      ];
      for (const [bytes, expected] of vectors) assert.equal(checksum(bytes, 0, bytes.length), expected);
    },
  });

  Deno.test({
    name: `${name} equals the bitwise definition when lengths and offsets are any`,
    ignore,
    fn() {
      const seed = 20250711;
      const random = new SeededRandom(seed);
      const bytes = random.bytes(4096);
      const compare = (start: number, length: number) =>
        assert.equal(
          checksum(bytes, start, start + length),
          model(bytes.subarray(start, start + length)),
          `seed ${seed}, start ${start}, length ${length}`,
        );
      for (let length = 0; length <= 300; length++) {
        for (let start = 0; start < 20; start++) compare(start, length);
      }
      for (let round = 0; round < 60; round++) {
        const length = random.integer(400, 3000);
        compare(random.integer(0, bytes.length - length), length);
      }
    },
  });

  Deno.test({
    name: `${name} counts from the view's start when the view begins inside its buffer`,
    ignore,
    fn() {
      const outer = new SeededRandom(7).bytes(2000);
      const view = outer.subarray(13);
      for (const length of [5, 700]) {
        assert.equal(checksum(view, 3, 3 + length), model(outer.subarray(16, 16 + length)));
      }
    },
  });
}

Deno.test("crc32c answers in TypeScript when the native add-on may not be loaded", async () => {
  const program = `
    import { crc32c, crc32cImplementation, loadNativeCrc32c } from ${
    JSON.stringify(import.meta.resolve("./crc32c.ts"))
  };
    await loadNativeCrc32c();
    console.log(crc32cImplementation(), crc32c(new Uint8Array(1000)));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-lock",
      "--config",
      denoJson(),
      "--deny-ffi",
      dataUrl(program),
    ],
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(said, `typescript ${crc32c(new Uint8Array(1000))}\n`);
});

function denoJson(): string {
  return new URL("../deno.json", import.meta.url).pathname;
}

function dataUrl(program: string): string {
  return `data:text/typescript,${encodeURIComponent(program)}`;
}
