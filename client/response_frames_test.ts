import assert from "node:assert/strict";
import { ResponseFrames } from "./response_frames.ts";

function framed(...bodies: readonly Uint8Array[]): Uint8Array {
  const parts = bodies.flatMap((body) => {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setInt32(0, body.length);
    return [...size, ...body];
  });
  return new Uint8Array(parts);
}

function feed(frames: ResponseFrames, bytes: Uint8Array, chunk: number, out: Uint8Array[]): void {
  for (let position = 0; position < bytes.length;) {
    const space = frames.space();
    assert.ok(space.length > 0);
    const count = Math.min(space.length, chunk, bytes.length - position);
    space.set(bytes.subarray(position, position + count));
    frames.received(count);
    position += count;
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) out.push(frame);
  }
}

Deno.test("ResponseFrames gives the same frames when bytes come in pieces of any size", () => {
  const bodies = [0, 1, 5, 63, 64, 65, 300, 2].map((length, i) => new Uint8Array(length).fill(i + 1));
  const bytes = framed(...bodies);
  for (const chunk of [1, 2, 3, 7, 64, 1000]) {
    const out: Uint8Array[] = [];
    feed(new ResponseFrames(300, 64), bytes, chunk, out);
    assert.deepEqual(out.map((frame) => [...frame]), bodies.map((body) => [...body]), `chunk ${chunk}`);
  }
});

Deno.test("ResponseFrames leaves a frame as it is when more is received", () => {
  const frames = new ResponseFrames(100, 32);
  const out: Uint8Array[] = [];
  feed(frames, framed(new Uint8Array([1, 2, 3])), 100, out);
  for (let i = 0; i < 50; i++) feed(frames, framed(new Uint8Array(20).fill(9)), 100, out);
  assert.deepEqual([...out[0]!], [1, 2, 3]);
});

Deno.test("ResponseFrames refuses a frame when its announced size is outside the limit", () => {
  for (const size of [[0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0, 0, 101]]) {
    const frames = new ResponseFrames(100, 32);
    frames.space().set(size);
    frames.received(4);
    assert.throws(() => frames.next(), /announces -?\d+ bytes, where at most 100 are taken/);
  }
});
