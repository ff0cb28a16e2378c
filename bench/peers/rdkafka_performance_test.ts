import assert from "node:assert/strict";
import { complaintsIn, parseConsumed, parseProduced } from "./rdkafka_performance.ts";

const produced = `% Sending 300000 messages of size 100 bytes
% 975 backpressures for 300000 produce calls: 0.325% backpressure rate
% 300000 messages produced (30000000 bytes), 299000 delivered (offset 298999, 1000 failed) in 4631ms: 64777 msgs/s and 6.48 MB/s, 975 produce failures, 1000 in queue, no compression
`;

Deno.test("parseProduced tells what was delivered, what failed and what was tried again", () => {
  assert.deepEqual(parseProduced(produced), {
    records: 299_000,
    payloadBytes: 29_900_000,
    elapsedMs: 4631,
    recordsPerSecond: 64_777,
    failed: 1000,
    queueFullRetries: 975,
  });
});

Deno.test("parseProduced reads the last of several summaries", () => {
  const later = produced.replace("64777 msgs/s", "99999 msgs/s");
  assert.equal(parseProduced(produced + later).recordsPerSecond, 99_999);
});

Deno.test("parseProduced says what it was given when there is no summary in it", () => {
  assert.throws(
    () => parseProduced("% Failed to create producer"),
    /no summary .*\n% Failed to create producer/,
  );
});

Deno.test("parseConsumed reads the summary and not the intervals", () => {
  const output = `% 100 messages (10000 bytes) consumed in 3ms: 33333 msgs/s (3.33 MB/s)
% 300000 messages (30000000 bytes) consumed in 473ms: 632975 msgs/s (63.30 MB/s)
% Average application fetch latency: 3us
`;
  assert.deepEqual(parseConsumed(output), {
    records: 300_000,
    payloadBytes: 30_000_000,
    elapsedMs: 473,
    recordsPerSecond: 632_975,
  });
  assert.throws(() => parseConsumed("% Error: no such topic"), /no such topic/);
});

Deno.test("complaintsIn leaves out what librdkafka says of every configuration", () => {
  const stderr =
    `%4|1795246481.741|CONFWARN|rdkafka#producer-1| [thrd:app]: Configuration property session.timeout.ms is a consumer property
%3|1795246481.742|FAIL|rdkafka#producer-1| [thrd:127.0.0.1:1/bootstrap]: Connect to ipv4#127.0.0.1:1 failed: Connection refused

`;
  assert.equal(complaintsIn(stderr).length, 1);
  assert.match(complaintsIn(stderr)[0]!, /Connection refused/);
});
