/**
 * The packages that are part of the executable; all others in deno.json are for tests and benchmarks.
 * `tests/architecture_test.ts` holds that this is what the program imports, no less and no more.
 * @module
 */
export const shippedPackages: readonly string[] = [
  "@node-rs/crc32",
  "@valibot/to-json-schema",
  "hono",
  "valibot",
];
