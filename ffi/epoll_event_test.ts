import assert from "node:assert/strict";
import { epollEventLayout, EpollEvents } from "./epoll_event.ts";

Deno.test("EpollEvents packs events on x86-64", () => {
  const events = new EpollEvents(2, epollEventLayout("x86_64"));
  events.set(1, 0x11223344, 5, 0xaabbccdd);
  assert.deepEqual(
    [...events.bytes],
    [...new Array(12).fill(0), 0x44, 0x33, 0x22, 0x11, 5, 0, 0, 0, 0xdd, 0xcc, 0xbb, 0xaa],
  );
});

Deno.test("EpollEvents aligns the data on arm64", () => {
  const events = new EpollEvents(2, epollEventLayout("aarch64"));
  events.set(1, 0x11223344, 5, 0xaabbccdd);
  assert.deepEqual(
    [...events.bytes],
    [...new Array(16).fill(0), 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0, 5, 0, 0, 0, 0xdd, 0xcc, 0xbb, 0xaa],
  );
});

Deno.test("EpollEvents reads back what was set in either layout", () => {
  for (const arch of ["x86_64", "aarch64"]) {
    const events = new EpollEvents(3, epollEventLayout(arch));
    events.set(0, 1, 2, 3);
    events.set(2, 0xffff_ffff, 0x7fff_ffff, 0xffff_fffe);
    assert.equal(events.count, 3);
    assert.deepEqual([events.events(0), events.descriptor(0), events.registration(0)], [1, 2, 3]);
    assert.deepEqual([events.events(1), events.descriptor(1), events.registration(1)], [0, 0, 0]);
    assert.deepEqual(
      [events.events(2), events.descriptor(2), events.registration(2)],
      [0xffff_ffff, 0x7fff_ffff, 0xffff_fffe],
    );
  }
});
