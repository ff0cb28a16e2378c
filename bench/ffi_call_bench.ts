/**
 * What a call of the C library costs, by the kind of its arguments; the rules of `ffi/libc.ts` rest on it. The calls
 * without a system call fail at once inside the C library, so that their time is that of the crossing.
 * @module
 */
import { libc } from "../ffi/libc.ts";
import { lastErrno } from "../ffi/errno.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { socketPair } from "../ffi/socket_pair.ts";
import { createPoller } from "../ffi/poller.ts";
import { READABLE } from "../ffi/readiness.ts";
import { Wakeup } from "../ffi/wakeup.ts";

const CALLS = 1000;
const UNKNOWN_FAMILY = -1;
const NO_DESCRIPTOR = -1;

const bytes = new Uint8Array(64);
const words = new Uint32Array(16);

interface Case {
  readonly name: string;
  readonly group: string;
  /** One call; its result goes into the digest. */
  readonly call: (index: number) => number;
}

const cases: readonly Case[] = [
  {
    name: "two Uint8Arrays, no system call",
    group: "crossing",
    call: () => libc().inet_pton(UNKNOWN_FAMILY, bytes, bytes),
  },
  {
    name: "two Uint32Arrays, no system call",
    group: "crossing",
    call: () => libc().inet_pton(UNKNOWN_FAMILY, words, words),
  },
  {
    name: "a fresh subarray, no system call",
    group: "crossing",
    call: (index) => libc().inet_pton(UNKNOWN_FAMILY, bytes, bytes.subarray(index & 7)),
  },
  { name: "errno", group: "crossing", call: () => lastErrno() },
  {
    name: "refused pread, bigint arguments",
    group: "system call",
    call: (index) => libc().pread(NO_DESCRIPTOR, bytes, BigInt(index & 63), BigInt(index)),
  },
  {
    // The types forbid it; at run time it works, slowly.
    name: "refused pread, number arguments",
    group: "system call",
    call: (index) =>
      libc().pread(NO_DESCRIPTOR, bytes, (index & 63) as unknown as bigint, index as unknown as bigint),
  },
];

for (const { name, group, call } of cases) {
  Deno.bench({
    name: `${name} (${CALLS} calls)`,
    group,
    fn: () => {
      for (let index = 0; index < CALLS; index++) call(index);
    },
  });
}

Deno.bench({
  name: `Socket.send and receive of 64 bytes (${CALLS} pairs)`,
  group: "socket",
  fn: (bench) => {
    const [left, right] = socketPair();
    using _left = left;
    using _right = right;
    bench.start();
    for (let index = 0; index < CALLS; index++) {
      left.send(bytes, false);
      right.receive(bytes);
    }
    bench.end();
  },
});

Deno.bench({
  name: `Poller.wait with one of 100 ready (${CALLS} waits)`,
  group: "socket",
  fn: (bench) => {
    using poller = createPoller();
    const wakeups = Array.from({ length: 100 }, () => Wakeup.create());
    for (const wakeup of wakeups) poller.add(wakeup, READABLE);
    wakeups[50]?.signal();
    const ready = () => {};
    bench.start();
    for (let index = 0; index < CALLS; index++) poller.wait(0, ready);
    bench.end();
    for (const wakeup of wakeups) wakeup.close();
  },
});

Deno.bench({
  name: `Wakeup.signal and drain (${CALLS} pairs)`,
  group: "socket",
  fn: () => {
    using wakeup = Wakeup.create();
    for (let index = 0; index < CALLS; index++) {
      wakeup.signal();
      wakeup.drain();
    }
  },
});

Deno.bench({
  name: `MappedRegion.getInt32 (${CALLS} reads)`,
  group: "mapping",
  fn: (bench) => {
    const path = Deno.makeTempFileSync();
    using file = openNativeDisk().open(path);
    file.writeAt(new Uint8Array(4096), 0);
    using region = file.map(4096);
    let sum = 0;
    bench.start();
    for (let index = 0; index < CALLS; index++) sum += region.getInt32((index & 1023) * 4);
    bench.end();
    Deno.removeSync(path);
    if (sum !== 0) throw new Error("the file was zeros");
  },
});

/** Every call once, with what it answered: the same on every machine. */
export function smoke(): string {
  const answers = cases.map(({ call }) => call(1)).join(" ");
  using wakeup = Wakeup.create();
  using poller = createPoller();
  poller.add(wakeup, READABLE);
  wakeup.signal();
  return `${answers} ${poller.wait(0, () => {})}`;
}
