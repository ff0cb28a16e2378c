import { deepEqual, equal, throws } from "node:assert/strict";
import { FlagValues } from "../command.ts";
import { targetsOf } from "./targets.ts";

function targets(flags: Record<string, string[]>) {
  return targetsOf(new FlagValues(new Map(Object.entries(flags))), "127.0.0.1:9092")
    .map(({ name, bootstrap, usage }) => [name, bootstrap, usage?.name]);
}

Deno.test("targetsOf is the one cluster where no others are named", () => {
  deepEqual(targets({}), [["127.0.0.1:9092", "127.0.0.1:9092", undefined]]);
  deepEqual(targets({ "broker-pid": ["12"] })[0]![2], "process 12");
  equal(targets({ metrics: ["http://a:1/metrics?x=y"] })[0]![2], "http://a:1/metrics?x=y");
});

Deno.test("targetsOf has several by name, each with where its usage can be read", () => {
  deepEqual(
    targets({
      against: ["Milena=127.0.0.1:9092", "Kafka=a:1,b:2"],
      "broker-pid": ["Kafka=77"],
      metrics: ["Milena=http://127.0.0.1:8080/metrics"],
    }),
    [["Milena", "127.0.0.1:9092", "http://127.0.0.1:8080/metrics"], ["Kafka", "a:1,b:2", "process 77"]],
  );
});

Deno.test("targetsOf refuses what it can't tell apart", () => {
  const two = { against: ["a=h:1", "b=h:2"] };
  throws(() => targets({ against: ["h:1"] }), /--against is "h:1", but must be NAME=HOST:PORT/);
  throws(() => targets({ against: ["a=h:1", "a=h:2"] }), /names "a" more than once/);
  throws(() => targets({ ...two, bootstrap: ["h:1"] }), /--bootstrap names one cluster/);
  throws(() => targets({ ...two, "broker-pid": ["12"] }), /--broker-pid is "12", but must be NAME=PID/);
  throws(() => targets({ ...two, "broker-pid": ["c=12"] }), /is about "c", but measured are a, b/);
  throws(() => targets({ ...two, "broker-pid": ["a=12"], metrics: ["a=http://h/m"] }), /more than one/);
  throws(() => targets({ "broker-pid": ["x"] }), /wants the number of a process/);
  throws(() => targets({ metrics: ["127.0.0.1:8080"] }), /wants an address/);
});
