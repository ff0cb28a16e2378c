import assert from "node:assert/strict";
import { BufferPool } from "./buffer_pool.ts";

Deno.test("BufferPool gives a buffer again and frees what it may not keep", () => {
  const pool = new BufferPool(64 * 1024);
  const first = pool.take(40_000);
  const second = pool.take(40_000);
  const large = pool.take(10_000_000);
  assert.ok(first.length >= 40_000 && second.length >= 40_000);
  assert.equal(large.length, 10_000_000);
  pool.give(first);
  pool.give(second);
  pool.give(large);
  assert.equal(second.length, 0, "not kept, so its memory is free");
  assert.equal(large.length, 0, "not kept, so its memory is free");
  assert.equal(pool.take(50_000), first);
  assert.notEqual(pool.take(50_000), first);
});
