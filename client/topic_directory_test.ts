import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { TinyServer } from "../tests/support/tiny_server.ts";
import { BrokerClient } from "./broker_client.ts";
import { ResponseError } from "./response_error.ts";
import { TopicDirectory, type TopicDirectoryOptions } from "./topic_directory.ts";

/** Answers for topics named "N-anything" with N partitions, the last first, led by brokers 100, 101, …; and counts. */
function setUp(codes: number[] = [], options?: TopicDirectoryOptions) {
  const asked: string[] = [];
  const server = new TinyServer({
    Metadata: (body) => {
      asked.push(body.topics!.map(({ name }) => name).join("+"));
      return { brokers: [], topics: body.topics!.map(({ name }) => metadataOf(name!)) };
    },
  });
  function metadataOf(name: string) {
    const errorCode = codes.shift() ?? ErrorCode.NONE;
    const partitions = Array.from({ length: errorCode === 0 ? Number(name.split("-")[0]) : 0 }, (_, i) => ({
      errorCode: 0,
      partitionIndex: i,
      leaderId: 100 + i,
      replicaNodes: [],
      isrNodes: [],
    })).reverse();
    return { errorCode, name, partitions };
  }
  const client = new BrokerClient({ address: { path: server.path }, clientId: "test" });
  const directory = new TopicDirectory((topics, allowAutoTopicCreation) => {
    const body = { topics: topics.map((name) => ({ name })), allowAutoTopicCreation };
    return client.request(api.Metadata, body, { maxVersion: 12 });
  }, options);
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
  const found = await Promise.all([1, 2, 3].map(() => test.directory.leadersOf("3-a", true)));
  assert.deepEqual(found, [1, 2, 3].map(() => [100, 101, 102]));
  assert.deepEqual(test.directory.remembered("3-a"), [100, 101, 102]);
  await test.directory.leadersOf("3-a", true);
  assert.deepEqual(test.asked, ["3-a"]);
  test.directory.forget("3-a");
  await test.directory.leadersOf("3-a", true);
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory asks together for topics that are wanted together", async () => {
  await using test = setUp([0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
  const wanted = ["1-a", "1-none", "2-b"].map((topic) => test.directory.leadersOf(topic, false));
  const writing = test.directory.leadersOf("1-c", true);
  assert.deepEqual((await Promise.allSettled(wanted)).map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  assert.deepEqual(await writing, [100]);
  assert.deepEqual(test.asked, ["1-a+1-none+2-b", "1-c"]);
});

Deno.test("TopicDirectory asks again when what it knows is too old", async () => {
  await using test = setUp([], { maxAgeMs: 0 });
  await test.directory.leadersOf("1-a", true);
  await test.directory.leadersOf("1-a", true);
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory waits when a new topic has no leader yet", async () => {
  await using test = setUp([ErrorCode.LEADER_NOT_AVAILABLE]);
  assert.deepEqual(await test.directory.leadersOf("2-new", true), [100, 101]);
  assert.equal(test.asked.length, 2);
});

Deno.test("TopicDirectory asks again when a topic is unknown, as it may be being created", async () => {
  await using test = setUp([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
  assert.deepEqual(await test.directory.leadersOf("2-new", true), [100, 101]);
  assert.equal(test.asked.length, 3);
});

Deno.test("TopicDirectory takes a topic's word for it when it is unknown to who only reads", async () => {
  await using test = setUp([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
  await assert.rejects(test.directory.leadersOf("2-none", false), ResponseError);
  assert.equal(test.asked.length, 1);
});

Deno.test("TopicDirectory remembers nothing when there is no such topic", async () => {
  await using test = setUp([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION], { unknownTimeoutMs: 0 });
  await assert.rejects(
    test.directory.leadersOf("1-none", true),
    (error) =>
      error instanceof ResponseError && error.codeName === "UNKNOWN_TOPIC_OR_PARTITION" && error.retriable,
  );
  assert.deepEqual(await test.directory.leadersOf("1-none", true), [100]);
});

Deno.test("TopicDirectory forgets the oldest when it knows too many", async () => {
  await using test = setUp([], { maxTopics: 2 });
  for (const name of ["1-a", "1-b", "1-c"]) await test.directory.leadersOf(name, true);
  assert.equal(test.directory.remembered("1-a"), undefined);
  assert.deepEqual(test.directory.remembered("1-c"), [100]);
});
