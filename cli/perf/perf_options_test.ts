import { deepEqual, equal, throws } from "node:assert/strict";
import { FlagValues } from "../command.ts";
import { perfOptions } from "./perf_options.ts";
import type { Subject } from "./result.ts";

function options(subject: Subject, flags: Record<string, string> = {}) {
  return perfOptions(
    subject,
    new FlagValues(new Map(Object.entries(flags).map(([name, text]) => [name, [text]]))),
  );
}

Deno.test("perfOptions has something sensible for whatever was not said", () => {
  deepEqual(options("produce"), {
    topic: undefined,
    records: 2_000_000,
    seconds: Infinity,
    recordBytes: 100,
    rate: 0,
    payload: "json-like",
    compression: undefined,
    partitions: 6,
    replicationFactor: undefined,
    runs: 1,
    warmUp: 100_000,
    isVerified: true,
    report: undefined,
  });
  const { records, seconds, rate, warmUp } = options("latency");
  deepEqual([records, seconds, rate, warmUp], [Infinity, 10, 1000, 1000]);
});

Deno.test("perfOptions takes records, a duration, or whichever comes first", () => {
  const bounds = (flags: Record<string, string>) => {
    const { records, seconds } = options("produce", flags);
    return [records, seconds];
  };
  deepEqual(bounds({ records: "5k" }), [5000, Infinity]);
  deepEqual(bounds({ duration: "5m" }), [Infinity, 300]);
  deepEqual(bounds({ records: "10", duration: "1s" }), [10, 1]);
  equal(options("consume").records, 2_000_000);
  equal(options("consume", { topic: "mine" }).records, Infinity);
});

Deno.test("perfOptions warms up only a topic that it makes", () => {
  equal(options("produce", { records: "5000" }).warmUp, 500);
  equal(options("produce", { topic: "mine" }).warmUp, 0);
  equal(options("produce", { topic: "mine", "warm-up": "10" }).warmUp, 10);
});

Deno.test("perfOptions refuses what can't be, and says what could", () => {
  throws(
    () => options("produce", { records: "0" }),
    /--records is "0", but must be a whole number of at least 1/,
  );
  throws(
    () => options("produce", { "record-size": "15" }),
    /--record-size is "15", .* from 16 to 1073741824/,
  );
  throws(() => options("produce", { payload: "json-lik" }), /did you mean json-like\?/);
  throws(() => options("produce", { duration: "0" }), /must be a time, such as 30s or 5m/);
  throws(() => options("produce", { partitions: "x" }), /--partitions is "x"/);
  throws(() => options("latency", { rate: "0" }), /latency is measured at a rate/);
});
