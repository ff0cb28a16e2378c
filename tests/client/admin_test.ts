/** The class Admin, on this broker or on the cluster that MILENA_TEST_BOOTSTRAP names. */
import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import {
  Admin,
  ALL_RECORDS,
  ConfigError,
  ConnectionError,
  Producer,
  ResponseError,
  UnknownTopicError,
} from "../../client/mod.ts";
import { targetOfThisFile } from "../support/target.ts";

const target = targetOfThisFile();

function connect(): Admin {
  return new Admin({ "bootstrap.servers": target.bootstrap });
}

async function write(topic: string, timestamps: readonly number[]): Promise<void> {
  const producer = new Producer<string, string>({ "bootstrap.servers": target.bootstrap, sender: "inline" });
  await Promise.all(
    timestamps.map((timestamp) => producer.send({ topic, partition: 0, value: "v", timestamp })),
  );
  await producer.close();
}

/** The error as "NAME retriable". */
function codeOf(error: unknown): string {
  ok(error instanceof ResponseError, String(error));
  return `${error.codeName}${error.retriable ? " retriable" : ""}`;
}

/** What a promise is rejected with, as `codeOf` has it. */
function failing(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => "nothing", codeOf);
}

/** Apache Kafka says that something is done before every part of it knows. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

Deno.test("Admin makes, describes, grows and deletes topics", async () => {
  using admin = connect();
  deepEqual(await admin.createTopic({ name: "kept", partitionCount: 2, replicationFactor: 1 }), {
    partitionCount: 2,
    replicationFactor: 1,
  });
  equal(await failing(admin.createTopic({ name: "kept" })), "TOPIC_ALREADY_EXISTS");
  await admin.createTopic({ name: "kept-not", partitionCount: 1, validateOnly: true });
  await admin.createPartitions("kept", 3);
  await eventually(async () => {
    const [topic] = await admin.describeTopics(["kept"]);
    deepEqual(topic!.partitions.map(({ partition, replicas }) => [partition, replicas.length]), [
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
  });
  await rejects(admin.describeTopics(["kept", "kept-not"]), (error) => {
    ok(error instanceof UnknownTopicError);
    equal(error.topic, "kept-not");
    return true;
  });
  equal(await failing(admin.createPartitions("kept", 1)), "INVALID_PARTITIONS");
  ok((await admin.listTopics()).some(({ name }) => name === "kept"));
  await admin.deleteTopic("kept");
  ok(!(await admin.listTopics()).some(({ name }) => name === "kept"));
  equal(await failing(admin.deleteTopic("kept")), "UNKNOWN_TOPIC_OR_PARTITION retriable");
});

Deno.test("Admin changes settings all or none, and tells what they are and why", async () => {
  using admin = connect();
  await admin.createTopic({ name: "set", configs: new Map([["retention.ms", "1000"]]) });
  const topic = { type: "topic", name: "set" } as const;
  const read = async () => (await admin.describeConfigs(topic, { names: ["retention.ms"] }))[0]!;
  await eventually(async () => {
    deepEqual([(await read()).value, (await read()).source], ["1000", "DYNAMIC_TOPIC_CONFIG"]);
  });
  await admin.alterConfigs(topic, [{ name: "retention.ms", operation: "SET", value: "2000" }], {
    validateOnly: true,
  });
  equal((await read()).value, "1000");
  const code = await failing(admin.alterConfigs(topic, [
    { name: "retention.ms", operation: "SET", value: "3000" },
    { name: "segment.ms", operation: "SET", value: "soon" },
  ]));
  ok(code === "INVALID_CONFIG" || code === "INVALID_REQUEST", code);
  equal((await read()).value, "1000");
  await admin.alterConfigs(topic, [{ name: "retention.ms", operation: "DELETE", value: null }]);
  // Apache Kafka's broker hears of it after the controller has answered.
  await eventually(async () => equal((await read()).source, "DEFAULT_CONFIG"));
  equal(
    await failing(admin.describeConfigs({ type: "topic", name: "set-not" })),
    "UNKNOWN_TOPIC_OR_PARTITION retriable",
  );
});

Deno.test("Admin lists offsets and deletes records, partition by partition", async () => {
  using admin = connect();
  await admin.createTopic({ name: "read", partitionCount: 2 });
  await write("read", [1000, 2000, 3000]);
  const partitions = [{ topic: "read", partition: 0 }, { topic: "read", partition: 1 }];
  const offsets = async (at: "earliest" | "latest" | number) =>
    (await admin.listOffsets(partitions, at)).map(({ offset }) => offset);
  deepEqual(await offsets("earliest"), [0, 0]);
  deepEqual(await offsets("latest"), [3, 0]);
  deepEqual(await offsets(1500), [1, undefined]);
  deepEqual(await offsets(9000), [undefined, undefined]);
  const [unknown] = await admin.listOffsets([{ topic: "read", partition: 9 }], "latest");
  equal(unknown!.offset, undefined);
  equal(codeOf(unknown!.error), "UNKNOWN_TOPIC_OR_PARTITION retriable");

  const outcomes = await admin.deleteRecords([
    { topic: "read", partition: 0, before: 2 },
    { topic: "read", partition: 1, before: 5 },
  ]);
  deepEqual(outcomes[0], { topic: "read", partition: 0, error: undefined, start: 2 });
  equal(codeOf(outcomes[1]!.error), "OFFSET_OUT_OF_RANGE");
  deepEqual(await offsets("earliest"), [2, 0]);
  const [all] = await admin.deleteRecords([{ topic: "read", partition: 0, before: ALL_RECORDS }]);
  equal(all!.start, 3);
});

Deno.test("Admin commits, tells the lag, forgets offsets and groups", async () => {
  using admin = connect();
  await admin.createTopic({ name: "grouped", partitionCount: 2 });
  await write("grouped", [1, 2, 3, 4, 5]);
  const [first, second] = [{ topic: "grouped", partition: 0 }, { topic: "grouped", partition: 1 }];
  deepEqual(
    (await admin.alterGroupOffsets("g", [{ ...second!, offset: 0 }, { ...first!, offset: 2 }]))
      .map(({ partition, error }) => [partition, error]),
    [[1, undefined], [0, undefined]],
  );
  deepEqual(await admin.listGroupOffsets("g"), [{ ...first!, offset: 2 }, { ...second!, offset: 0 }]);
  deepEqual((await admin.listGroupLags("g")).map(({ end, lag }) => [end, lag]), [[5, 3], [0, 0]]);
  ok((await admin.listGroups()).some(({ id, state }) => id === "g" && state === "Empty"));
  equal((await admin.describeGroups(["g"]))[0]!.members.length, 0);

  const [forgotten] = await admin.deleteGroupOffsets("g", [second!]);
  equal(forgotten!.error, undefined);
  deepEqual(await admin.listGroupOffsets("g"), [{ ...first!, offset: 2 }]);
  await admin.deleteGroup("g");
  deepEqual(await admin.listGroupOffsets("g"), []);
  equal(await failing(admin.describeGroups(["g"])), "GROUP_ID_NOT_FOUND");
  equal(await failing(admin.deleteGroup("g")), "GROUP_ID_NOT_FOUND");
  equal(await failing(admin.deleteGroupOffsets("g", [first!])), "GROUP_ID_NOT_FOUND");
});

Deno.test("Admin describes the cluster, its disks and its access rules", async () => {
  using admin = connect();
  await admin.createTopic({ name: "kept-here", partitionCount: 1 });
  const { brokers, clusterId } = await admin.describeCluster();
  equal(typeof clusterId, "string");
  await eventually(async () => {
    const [directory] = await admin.describeLogDirs(brokers[0]!.id);
    equal(directory!.errorCode, 0);
    ok(directory!.replicas.some(({ topic }) => topic === "kept-here"));
  });
  await rejects(admin.describeLogDirs(999), (error) => {
    ok(error instanceof ConnectionError && error.retriable);
    return true;
  });
  equal(await failing(admin.describeAcls()), "SECURITY_DISABLED");
});

Deno.test("Admin refuses a configuration that nobody can go by", () => {
  throws(() => new Admin({}), (error) => {
    ok(error instanceof ConfigError && !error.retriable);
    return /an admin needs "bootstrap.servers"/.test(error.message);
  });
  throws(() => new Admin({ "bootstrap.servers": "nowhere" }), ConfigError);
  throws(
    () => new Admin({ "bootstrap.servers": "a:1", "client.idd": "x" } as Record<string, string>),
    /an admin has no config "client.idd"; did you mean client.id\?/,
  );
});
