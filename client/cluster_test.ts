import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import type { MessageOf } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { TinyBroker } from "../tests/support/tiny_broker.ts";
import { TinyCluster } from "../tests/support/tiny_cluster.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { Cluster, type ClusterOptions, NO_LEADER } from "./cluster.ts";
import { ClusterAwayError, ConnectionError } from "./connection_error.ts";
import { PoolExhaustedError } from "./connection_pool.ts";
import { checkCode, ResponseError } from "./response_error.ts";
import { UnknownPartitionError, UnknownTopicError } from "./unknown_topic_error.ts";

const END = -1;

/** Three brokers, and a topic "t" of six partitions led by 1, 2, 3, 1, 2, 3. */
class Fixture implements AsyncDisposable {
  readonly brokers = new TinyCluster();
  readonly cluster: Cluster;

  constructor(options: Partial<ClusterOptions> = {}) {
    this.brokers.create("t", 6);
    this.cluster = new Cluster({
      bootstrap: [this.brokers.address(1)],
      clientId: "test",
      patienceMs: 3000,
      ...options,
    });
  }

  /** How often a broker was asked this. */
  asked(id: number, name: keyof typeof api): number {
    return this.brokers.broker(id).requests.filter(({ apiKey }) => apiKey === api[name].key).length;
  }

  /** The end of a partition of "t", by its leader. */
  async endOf(partition: number): Promise<number> {
    const answer = await this.cluster.askLeader("t", partition, api.ListOffsets, {
      replicaId: -1,
      topics: [{ name: "t", partitions: [{ partitionIndex: partition, timestamp: END }] }],
    }, { maxVersion: 9, codeOf: (answer) => answer.topics[0]!.partitions[0]!.errorCode });
    const found = answer.topics[0]!.partitions[0]!;
    checkCode(found.errorCode, "list");
    return found.offset;
  }

  async commit(group: string, offset: number, timeoutMs?: number): Promise<number> {
    const codeOf = (answer: MessageOf<typeof api.OffsetCommit.response>) =>
      answer.topics[0]!.partitions[0]!.errorCode;
    return codeOf(
      await this.cluster.askCoordinator("group", group, api.OffsetCommit, {
        groupId: group,
        memberId: "",
        topics: [{
          name: "t",
          partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: "" }],
        }],
      }, { maxVersion: 9, codeOf, ...timeoutMs === undefined ? {} : { timeoutMs } }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster.close();
    await this.brokers[Symbol.asyncDispose]();
  }
}

Deno.test("Cluster.askLeader() asks each partition's leader, and the metadata once", async () => {
  await using test = new Fixture();
  await Promise.all([0, 1, 2, 3, 4, 5].map((partition) => test.endOf(partition)));
  assert.deepEqual([1, 2, 3].map((id) => test.asked(id, "ListOffsets")), [2, 2, 2]);
  assert.deepEqual([1, 2, 3].map((id) => test.asked(id, "Metadata")), [1, 0, 0]);
});

Deno.test("Cluster.askLeader() follows a leader that moves, and waits while there is none", async () => {
  await using test = new Fixture();
  await test.endOf(0);
  test.brokers.moveLeader("t", 0, 2);
  assert.equal(await test.endOf(0), 0);
  assert.equal(test.asked(2, "ListOffsets"), 1);
  test.brokers.moveLeader("t", 0, -1);
  const waiting = test.endOf(0);
  setTimeout(() => test.brokers.moveLeader("t", 0, 3), 100);
  assert.equal(await waiting, 0);
  assert.equal(test.cluster.rememberedLeader("t", 0), 3);
});

Deno.test("Cluster.askLeader() gives what it came to last when nobody leads for too long", async () => {
  await using test = new Fixture({ patienceMs: 100 });
  test.brokers.moveLeader("t", 0, -1);
  await assert.rejects(
    test.endOf(0),
    (error) => error instanceof ResponseError && error.code === ErrorCode.LEADER_NOT_AVAILABLE,
  );
});

Deno.test("Cluster.askLeader() finds the new leader when the old one is away", async () => {
  await using test = new Fixture();
  await test.endOf(1);
  await test.brokers.stop(2);
  setTimeout(() => test.brokers.moveLeader("t", 1, 3), 100);
  assert.equal(await test.endOf(1), 0);
  assert.equal(test.asked(3, "ListOffsets"), 1);
});

Deno.test("Cluster tells an unknown topic from an unknown partition, and creates none by reading", async () => {
  await using test = new Fixture();
  await assert.rejects(
    test.cluster.leaderOf("none", 0),
    (error) => error instanceof UnknownTopicError && !(error instanceof UnknownPartitionError),
  );
  await assert.rejects(
    test.cluster.leaderOf("t", 6),
    (error) => error instanceof UnknownPartitionError && error.partitionCount === 6,
  );
  assert.deepEqual([...test.brokers.topics.keys()], ["t"]);
});

Deno.test("Cluster.leaderOf() finds partitions that were added", async () => {
  await using test = new Fixture();
  await test.cluster.leaderOf("t", 0);
  test.brokers.create("t", 8);
  assert.equal(await test.cluster.leaderOf("t", 7), 2);
});

Deno.test("Cluster.leadersOf() gives all leaders, and says where there is none", async () => {
  await using test = new Fixture();
  test.brokers.moveLeader("t", 4, -1);
  assert.deepEqual(await test.cluster.leadersOf("t"), [1, 2, 3, 1, NO_LEADER, 3]);
});

Deno.test("Cluster.ask() goes on to the next address when one is away", async () => {
  const brokers = new TinyCluster();
  brokers.create("t", 6);
  await brokers.stop(1);
  await using test = new Fixture({ bootstrap: [1, 2, 3].map((id) => brokers.address(id)) });
  try {
    assert.equal((await test.cluster.brokers()).length, 2);
    assert.deepEqual(await test.cluster.leadersOf("t"), [1, 2, 3, 1, 2, 3]);
  } finally {
    await brokers[Symbol.asyncDispose]();
  }
});

Deno.test("Cluster.ask() asks brokers that the bootstrap list does not name when that is away", async () => {
  await using test = new Fixture();
  await test.cluster.describe();
  await test.brokers.stop(1);
  test.cluster.forget("t");
  assert.equal((await test.cluster.leadersOf("t")).length, 6);
  await test.brokers.stop(2);
  await test.brokers.stop(3);
  test.cluster.forget("t");
  await assert.rejects(test.cluster.leadersOf("t"), ConnectionError);
  test.brokers.start(3);
  assert.equal((await test.cluster.leadersOf("t")).length, 6);
});

Deno.test("Cluster.ask() goes on to another broker when one takes a question and does not answer", async () => {
  await using test = new Fixture({ attemptMs: 50 });
  await test.cluster.describe();
  test.brokers.hang(1);
  test.cluster.forget("t");
  assert.equal((await test.cluster.leadersOf("t")).length, 6);
  assert.equal(test.asked(1, "Metadata"), 2);
});

Deno.test("Cluster tells soon that nobody is there, whatever its patience", async () => {
  await using test = new Fixture({ patienceMs: 60_000 });
  await test.endOf(0);
  test.brokers.moveCoordinator("g", 1);
  await test.commit("g", 1);
  for (const id of test.brokers.ids) await test.brokers.stop(id);
  const start = performance.now();
  const asking = [() => test.endOf(0), () => test.commit("g", 2), () => test.cluster.leaderOf("other", 1)];
  await Promise.all(
    asking.map((ask) => assert.rejects(ask, (error) => error instanceof ClusterAwayError && !error.sent)),
  );
  assert.ok(performance.now() - start < 10_000);
});

Deno.test("Cluster.describe() knows brokers, controller and cluster id", async () => {
  await using test = new Fixture();
  test.brokers.controllerId = 3;
  assert.deepEqual(await test.cluster.describe(), {
    clusterId: "tiny",
    controllerId: 3,
    brokers: [1, 2, 3].map((id) => ({ id, ...test.brokers.address(id), rack: `rack-${id}` })),
  });
});

Deno.test("Cluster.askBroker() asks that broker, at its new address too, and says if there is none", async () => {
  await using test = new Fixture();
  const ask = (id: number) => {
    return test.cluster.askBroker(id, api.Metadata, { topics: [], allowAutoTopicCreation: false }, {
      maxVersion: 12,
    });
  };
  await ask(3);
  assert.equal(test.asked(3, "Metadata"), 1);
  await assert.rejects(ask(9), (error) => error instanceof ConnectionError && !error.sent);
  await test.brokers.stop(3);
  await assert.rejects(ask(3), ConnectionError);
  test.brokers.start(3, { isMoved: true });
  await ask(3);
});

Deno.test("Cluster.askController() finds the new controller when the old one says it is none", async () => {
  await using test = new Fixture();
  const create = (name: string) => {
    return test.cluster.askController(api.CreateTopics, {
      topics: [{ name, numPartitions: 1, replicationFactor: -1, assignments: [], configs: [] }],
      timeoutMs: 1000,
    });
  };
  assert.equal((await create("a")).topics[0]!.errorCode, 0);
  test.brokers.controllerId = 2;
  assert.equal((await create("b")).topics[0]!.errorCode, 0);
  assert.ok(test.brokers.topics.has("b"));
  assert.deepEqual([1, 2].map((id) => test.asked(id, "CreateTopics")), [2, 1]);
});

Deno.test("Cluster.askCoordinator() follows a coordinator that loads, moves and is away", async () => {
  await using test = new Fixture();
  test.brokers.moveCoordinator("g", 2);
  test.brokers.loading.add("g");
  setTimeout(() => test.brokers.loading.delete("g"), 60);
  assert.equal(await test.commit("g", 1), ErrorCode.NONE);
  test.brokers.moveCoordinator("g", 3);
  assert.equal(await test.commit("g", 2), ErrorCode.NONE);
  assert.deepEqual(test.brokers.committed.get("g:t:0"), { offset: 2, by: 3 });
  await test.brokers.stop(3);
  setTimeout(() => test.brokers.moveCoordinator("g", 1), 60);
  assert.equal(await test.commit("g", 3), ErrorCode.NONE);
  assert.deepEqual(test.brokers.committed.get("g:t:0"), { offset: 3, by: 1 });
});

Deno.test("Cluster.askCoordinator() gives up when its request's timeout is over", async () => {
  await using test = new Fixture();
  test.brokers.moveCoordinator("g", 2);
  test.brokers.loading.add("g");
  const start = performance.now();
  assert.equal(await test.commit("g", 1, 100), ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  assert.ok(performance.now() - start < 1000);
  await assert.rejects(
    test.commit("unknown", 1, 50),
    (error) => error instanceof ResponseError && error.code === ErrorCode.COORDINATOR_NOT_AVAILABLE,
  );
});

Deno.test("Cluster.lendLeader() goes to the leader, and again when the work finds it is another", async () => {
  await using test = new Fixture();
  const end = (partition: number) =>
    test.cluster.lendLeader("t", partition, async (connection) => {
      const answer = await connection.request(api.ListOffsets, {
        replicaId: -1,
        topics: [{ name: "t", partitions: [{ partitionIndex: partition, timestamp: END }] }],
      }, { maxVersion: 9 });
      checkCode(answer.topics[0]!.partitions[0]!.errorCode, "list");
      return answer.topics[0]!.partitions[0]!.offset;
    });
  assert.equal(await end(0), 0);
  test.brokers.moveLeader("t", 0, 3);
  assert.equal(await end(0), 0);
  assert.deepEqual([1, 3].map((id) => test.asked(id, "ListOffsets")), [2, 1]);
});

Deno.test("Cluster lends no more connections than its cap, of all brokers together", async () => {
  await using test = new Fixture({ maxLent: 3 });
  const release = Promise.withResolvers<void>();
  const lent = [1, 2, 3].map((id) => test.cluster.lendBroker(id, () => release.promise));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(test.cluster.lendBroker(1, () => Promise.resolve()), PoolExhaustedError);
  release.resolve();
  await Promise.all(lent);
  await test.cluster.lendBroker(1, () => Promise.resolve());
});

Deno.test("Cluster.listOffsets() asks every leader once, and tells what is not there", async () => {
  await using test = new Fixture();
  test.brokers.broker(2).append("t", 1, testBatch().bytes);
  const wanted = new Map([
    ["t", new Map([0, 1, 2, 3, 4, 5, 6].map((partition) => [partition, END]))],
    ["none", new Map([[0, END]])],
  ]);
  const found = await test.cluster.listOffsets(wanted);
  assert.deepEqual([0, 1, 2, 5].map((partition) => found.get("t")!.get(partition)!.offset), [0, 1, 0, 0]);
  assert.equal(found.get("t")!.get(6)!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(found.get("none")!.get(0)!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  assert.deepEqual([1, 2, 3].map((id) => test.asked(id, "ListOffsets")), [1, 1, 1]);
});

Deno.test("Cluster.listOffsets() asks again for what has moved, and not for what it has", async () => {
  await using test = new Fixture();
  await test.cluster.leadersOf("t");
  await test.brokers.stop(2);
  test.brokers.moveLeader("t", 1, 3);
  setTimeout(() => test.brokers.moveLeader("t", 4, 3), 60);
  const wanted = new Map([["t", new Map([0, 1, 2, 3, 4, 5].map((partition) => [partition, END]))]]);
  const found = await test.cluster.listOffsets(wanted);
  assert.deepEqual([...found.get("t")!.values()].map(({ errorCode }) => errorCode), [0, 0, 0, 0, 0, 0]);
  assert.equal(test.asked(1, "ListOffsets"), 1);
});

Deno.test("Cluster.listOffsets() still knows of a topic that is forgotten while another is asked for", async () => {
  // What was remembered became too old during that request, and healthy partitions were told to be none.
  await using test = new Fixture();
  test.brokers.create("known", 1);
  test.brokers.create("new", 1);
  await test.cluster.leadersOf("known");
  const found = test.cluster.listOffsets(
    new Map([["known", new Map([[0, END]])], ["new", new Map([[0, END]])]]),
  );
  test.cluster.forget("known");
  assert.deepEqual(Array.from((await found).values(), (offsets) => offsets.get(0)!.errorCode), [0, 0]);
});

Deno.test("Cluster.listOffsets() says which partitions it could not ask for", async () => {
  await using test = new Fixture({ patienceMs: 100 });
  await test.cluster.leadersOf("t");
  await test.brokers.stop(2);
  const found = await test.cluster.listOffsets(new Map([["t", new Map([[0, END], [1, END]])]]));
  assert.equal(found.get("t")!.get(0)!.errorCode, ErrorCode.NONE);
  assert.equal(found.get("t")!.get(1)!.errorCode, ErrorCode.NETWORK_EXCEPTION);
});

Deno.test("Cluster with isOneBroker sends all to the bootstrap address, and asks nobody where brokers are", async () => {
  // Its Metadata names an address where nobody is.
  await using broker = new TinyBroker();
  broker.create("t", 2);
  using cluster = new Cluster({ bootstrap: [{ path: broker.path }], clientId: "test", isOneBroker: true });
  assert.equal(await cluster.leaderOf("t", 1), cluster.rememberedLeader("t", 1));
  const body = {
    replicaId: -1,
    topics: [{ name: "t", partitions: [{ partitionIndex: 1, timestamp: END }] }],
  };
  await cluster.askLeader("t", 1, api.ListOffsets, body, { maxVersion: 9, codeOf: () => 0 });
  await cluster.askBroker(77, api.ListOffsets, body, { maxVersion: 9 });
  await cluster.lendLeader(
    "t",
    1,
    (connection) => connection.request(api.ListOffsets, body, { maxVersion: 9 }),
  );
  await cluster.listOffsets(new Map([["t", new Map([[0, END]])]]));
  assert.equal(broker.requests.filter(({ apiKey }) => apiKey === api.Metadata.key).length, 0);
  assert.deepEqual((await cluster.brokers()).map(({ id }) => id), [1]);
});

Deno.test("Cluster.close() ends what waits for a leader", async () => {
  await using test = new Fixture({ patienceMs: 60_000 });
  test.brokers.moveLeader("t", 0, -1);
  const waiting = test.endOf(0);
  setTimeout(() => test.cluster.close(), 30);
  const start = performance.now();
  await assert.rejects(waiting);
  assert.ok(performance.now() - start < 2000);
});
