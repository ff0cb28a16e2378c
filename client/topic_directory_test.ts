import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { TinyServer } from "../tests/support/tiny_server.ts";
import { BrokerClient } from "./broker_client.ts";
import { ResponseError } from "./response_error.ts";
import { TopicDirectory, type TopicDirectoryOptions } from "./topic_directory.ts";

/** Answers for topics named "N-anything" with N partitions, and counts. */
function setUp(codes: number[] = [], options?: TopicDirectoryOptions) {
  const asked: string[] = [];
  const server = new TinyServer({
    Metadata: (body) => {
      const name = body.topics![0]!.name!;
      asked.push(name);
      const errorCode = codes.shift() ?? ErrorCode.NONE;
      const partitions = Array.from({ length: errorCode === 0 ? Number(name.split("-")[0]) : 0 }, (_, i) => ({
        errorCode: 0,
        partitionIndex: i,
        leaderId: 0,
        replicaNodes: [0],
        isrNodes: [0],
      }));
      return { brokers: [], topics: [{ errorCode, name, partitions }] };
    },
  });
  const client = new BrokerClient({ address: { path: server.path }, clientId: "test" });
  const directory = new TopicDirectory(client, options);
  return {
    asked,
    directory,
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

Deno.test("TopicDirectory asks once when many want the same topic", async () => {
  await using test = setUp();
  const counts = await Promise.all([1, 2, 3].map(() => test.directory.partitionCount("6-a")));
  assert.deepEqual(counts, [6, 6, 6]);
  assert.equal(test.directory.remembered("6-a"), 6);
  await test.directory.partitionCount("6-a");
  assert.deepEqual(test.asked, ["6-a"]);
  test.directory.forget("6-a");
  await test.directory.partitionCount("6-a");
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory asks again when what it knows is too old", async () => {
  await using test = setUp([], { maxAgeMs: 0 });
  await test.directory.partitionCount("1-a");
  await test.directory.partitionCount("1-a");
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory waits when a new topic has no leader yet", async () => {
  await using test = setUp([ErrorCode.LEADER_NOT_AVAILABLE]);
  assert.equal(await test.directory.partitionCount("2-new"), 2);
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory asks again when a topic is unknown, as it may be being created", async () => {
  await using test = setUp([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
  assert.equal(await test.directory.partitionCount("2-new"), 2);
  assert.equal(test.asked.length, 3);
});

Deno.test("TopicDirectory remembers nothing when there is no such topic", async () => {
  await using test = setUp([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION], { unknownTimeoutMs: 0 });
  await assert.rejects(
    test.directory.partitionCount("1-none"),
    (error) =>
      error instanceof ResponseError && error.codeName === "UNKNOWN_TOPIC_OR_PARTITION" && error.retriable,
  );
  assert.equal(await test.directory.partitionCount("1-none"), 1);
});

Deno.test("TopicDirectory forgets the oldest when it knows too many", async () => {
  await using test = setUp([], { maxTopics: 2 });
  for (const name of ["1-a", "1-b", "1-c"]) await test.directory.partitionCount(name);
  assert.equal(test.directory.remembered("1-a"), undefined);
  assert.equal(test.directory.remembered("1-c"), 1);
});
