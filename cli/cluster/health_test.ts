import { deepEqual, equal } from "node:assert/strict";
import { healthOf } from "./health.ts";

const broker = (id: number) => ({ id, host: "h", port: 9092, rack: null });
const up = { clusterId: "c", controllerId: 1, brokers: [broker(1), broker(2)] };
const replica = (leader: number | undefined, inSync: number[]) => ({
  partition: 0,
  leader,
  replicas: [1, 2, 3],
  inSync,
});
const topic = (name: string, ...partitions: ReturnType<typeof replica>[]) => ({
  name,
  isInternal: false,
  partitions: partitions.map((one, partition) => ({ ...one, partition })),
});
const disk = { path: "/data", errorCode: 0, totalBytes: 1, usableBytes: 1, replicas: [] };

Deno.test("healthOf finds nothing wrong with an empty cluster", () => {
  deepEqual(
    healthOf({ ...up, brokers: [broker(1)] }, [], [{ broker: 1, directories: [disk], error: undefined }]),
    {
      controller: 1,
      brokers: [1],
      brokersDown: [],
      leaderless: [],
      underReplicated: [],
      problems: [],
    },
  );
});

Deno.test("healthOf knows a broker that is away by its replicas", () => {
  const { brokersDown, leaderless, underReplicated, problems } = healthOf(
    up,
    [topic("a", replica(1, [1, 2, 3]), replica(1, [1, 2])), topic("b", replica(undefined, []))],
    [],
  );
  deepEqual(brokersDown, [3]);
  deepEqual(leaderless, ["b-0"]);
  deepEqual(underReplicated, ["a-1", "b-0"]);
  deepEqual(problems, [
    "broker 3 is away",
    "1 partition without a leader",
    "2 partitions with replicas that are not in sync",
  ]);
});

Deno.test("healthOf counts a missing controller and disks that can't be used", () => {
  const { controller, problems } = healthOf({ ...up, controllerId: -1 }, [], [
    { broker: 1, directories: [disk, { ...disk, path: "/broken", errorCode: 56 }], error: undefined },
    { broker: 2, directories: [], error: "no answer" },
  ]);
  equal(controller, null);
  equal(problems[0], "there is no controller");
  equal(problems[1]!.startsWith("/broken of broker 1 can't be used: "), true, problems[1]);
  equal(problems[2], "broker 2 does not tell of its disks: no answer");
});
