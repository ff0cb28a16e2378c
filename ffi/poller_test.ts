import assert from "node:assert/strict";
import type { Pollable } from "../broker/transport.ts";
import { createPoller } from "./poller.ts";
import { READABLE, WOULD_BLOCK, WRITABLE } from "./readiness.ts";
import { socketPair } from "./socket_pair.ts";
import { systemError } from "./test_support.ts";
import { Wakeup } from "./wakeup.ts";

const nothing = () => {};

Deno.test("Poller reports what a pollable is watched for, as long as it lasts", () => {
  const [left, right] = socketPair();
  using socket = left;
  using peer = right;
  using poller = createPoller();
  const seen = () => {
    const readiness: number[] = [];
    const count = poller.wait(0, (pollable, each) => {
      assert.equal(pollable, socket);
      readiness.push(each);
    });
    assert.equal(count, readiness.length);
    return readiness;
  };
  poller.add(socket, READABLE);
  assert.deepEqual(seen(), []);
  peer.send(new Uint8Array(2), false);
  assert.deepEqual(seen(), [READABLE]);
  socket.receive(new Uint8Array(1));
  assert.deepEqual(seen(), [READABLE]);
  poller.modify(socket, READABLE | WRITABLE);
  assert.deepEqual(seen(), [READABLE | WRITABLE]);
  poller.modify(socket, WRITABLE);
  assert.deepEqual(seen(), [WRITABLE]);
  while (socket.send(new Uint8Array(65536), false) !== WOULD_BLOCK);
  assert.deepEqual(seen(), []);
  poller.modify(socket, 0);
  assert.deepEqual(seen(), []);
  peer.close();
  assert.deepEqual(seen(), [READABLE], "a hang-up is reported whatever was asked for");
  poller.remove(socket);
  assert.deepEqual(seen(), []);
});

Deno.test("Poller.wait does not report one that an earlier callback removed", () => {
  using poller = createPoller();
  const wakeups = Array.from({ length: 10 }, () => Wakeup.create());
  for (const wakeup of wakeups) {
    poller.add(wakeup, READABLE);
    wakeup.signal();
  }
  const seen: Pollable[] = [];
  const count = poller.wait(0, (pollable) => {
    seen.push(pollable);
    for (const other of wakeups) {
      if (other === pollable || other.descriptor < 0) continue;
      poller.remove(other);
      other.close();
    }
  });
  assert.equal(count, 1);
  assert.equal(seen.length, 1);
  for (const wakeup of wakeups) wakeup.close();
});

Deno.test("Poller.wait does not take an event for a newcomer that got the descriptor of one removed meanwhile", () => {
  // Two connections are ready. Handling the first closes the second, and the kernel gives the second's descriptor to a
  // connection accepted at that moment: the event still to come is not the newcomer's.
  using poller = createPoller();
  using one = Wakeup.create();
  const two = Wakeup.create();
  for (const wakeup of [one, two]) {
    poller.add(wakeup, READABLE);
    wakeup.signal();
  }
  const newcomers: Wakeup[] = [];
  const seen: Pollable[] = [];
  poller.wait(0, (pollable) => {
    seen.push(pollable);
    if (newcomers.length > 0) return;
    const descriptor = two.descriptor;
    poller.remove(two);
    two.close();
    // The kernel gives the lowest free number, which another thread may free or take meanwhile.
    while (newcomers.at(-1)?.descriptor !== descriptor && newcomers.length < 100) {
      newcomers.push(Wakeup.create());
    }
    for (const newcomer of newcomers) poller.add(newcomer, READABLE);
  });
  assert.deepEqual(seen, [one]);
  newcomers.at(-1)?.signal();
  assert.equal(poller.wait(0, nothing), 2);
  for (const newcomer of newcomers) newcomer.close();
});

Deno.test("Poller.remove forgets one that was closed before, though its descriptor is in use again", () => {
  using poller = createPoller();
  const first = Wakeup.create();
  poller.add(first, READABLE);
  first.close();
  using second = Wakeup.create();
  poller.add(second, READABLE);
  poller.remove(first);
  second.signal();
  assert.equal(poller.wait(0, nothing), 1);
});

Deno.test("Poller.wait returns for its wakeup, drained and not counted", () => {
  using wakeup = Wakeup.create();
  using poller = createPoller(wakeup);
  wakeup.signal();
  assert.equal(poller.wait(-1, () => assert.fail("a wakeup is nobody's event")), 0);
  const started = performance.now();
  assert.equal(poller.wait(5, nothing), 0);
  assert(performance.now() - started >= 4, "it was drained");
});

Deno.test("Poller.wait leaves what a throwing callback did not reach for the next time", () => {
  using poller = createPoller();
  using one = Wakeup.create();
  using two = Wakeup.create();
  for (const wakeup of [one, two]) {
    poller.add(wakeup, READABLE);
    wakeup.signal();
  }
  assert.throws(() =>
    poller.wait(0, () => {
      throw new Error("a mistake");
    }), /a mistake/);
  assert.equal(poller.wait(0, nothing), 2);
});

Deno.test("Poller reports more pollables than it takes at once", () => {
  using poller = createPoller();
  const wakeups = Array.from({ length: 300 }, () => Wakeup.create());
  for (const wakeup of wakeups) {
    poller.add(wakeup, READABLE);
    wakeup.signal();
  }
  const seen = new Set<Pollable>();
  const drain = (pollable: Pollable) => {
    seen.add(pollable);
    (pollable as Wakeup).drain();
  };
  while (poller.wait(0, drain) > 0);
  assert.equal(seen.size, 300);
  for (const wakeup of wakeups) wakeup.close();
});

Deno.test("Poller refuses mistakes and everything after close", () => {
  const poller = createPoller();
  using wakeup = Wakeup.create();
  const closed = Wakeup.create();
  closed.close();
  assert.throws(() => poller.modify(wakeup, READABLE), /this poller does not watch it/);
  assert.throws(() => poller.remove(wakeup), /this poller does not watch it/);
  assert.throws(() => poller.add(closed, READABLE), systemError("EBADF", "epoll_ctl descriptor -1: "));
  poller.add(wakeup, READABLE);
  assert.throws(() => poller.add(wakeup, READABLE), systemError("EEXIST"));
  poller.close();
  poller.close();
  assert.throws(() => poller.wait(0, nothing), systemError("EBADF", "epoll_wait: "));
  assert.throws(() => poller.add(wakeup, READABLE), systemError("EBADF"));
});
