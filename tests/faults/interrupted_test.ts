/**
 * System calls that are interrupted or do less than they were asked to, all the time and everywhere: nobody may notice.
 * @module
 */
import assert from "node:assert/strict";
import { faultTest, logLines, stopAndCheck } from "./faulty_broker.ts";
import { Tenant } from "./tenant.ts";

faultTest(
  "short reads and writes, and EINTR at every third call, go unnoticed: in use, in recovery, and at the stop",
  { sync: true, settings: { "log.segment.bytes": "1048576" } },
  async ({ broker, libc }) => {
    const interrupted = libc.add({
      calls: [
        ...["open", "pread", "pwrite", "pwritev", "preadv2", "fallocate", "ftruncate", "fdatasync", "fsync"],
        ...["read", "write", "recv", "send", "sendfile", "accept4", "epoll_wait"],
      ] as const,
      fault: { fail: "EINTR" },
      every: 3,
    });
    // Not read and write: those are of eventfds, which want 8 bytes or nothing.
    const short = libc.add({
      calls: ["pread", "pwrite", "pwritev", "recv", "send", "sendfile"],
      fault: { short: 700 },
    });
    // 3 MB in each partition: they roll.
    using tenant = await Tenant.create(broker, { topic: "faults", partitionCount: 2, paddingBytes: 10_000 });
    await tenant.produceAll(300);
    await tenant.check();
    await broker.kill9();
    await broker.start();
    await tenant.reconnect();
    await tenant.check();
    await tenant.produceAll(20);
    const answer = await fetch(`http://${broker.http.host}:${broker.http.port}/topics`);
    assert.equal(answer.status, 200);
    await answer.text();
    await stopAndCheck(broker);
    await broker.start();
    await tenant.reconnect();
    await tenant.checkAgain();
    assert.ok(interrupted.fired > 1000, `only ${interrupted.fired} calls were interrupted`);
    assert.ok(short.fired > 5000, `only ${short.fired} calls fell short`);
    assert.deepEqual(logLines(broker, /\b(WARN|ERROR)\b/), []);
  },
);
