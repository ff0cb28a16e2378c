/**
 * client/consumer against a running broker: members share topics, take over from each other, and go on where the group is.
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { Cluster } from "../../client/cluster.ts";
import { cooperativeStickyAssignor } from "../../client/consumer/assignors/cooperative_sticky_assignor.ts";
import { rangeAssignor } from "../../client/consumer/assignors/range_assignor.ts";
import { roundRobinAssignor } from "../../client/consumer/assignors/round_robin_assignor.ts";
import { commitOffsets, fetchCommitted } from "../../client/consumer/committed_offsets.ts";
import { ConsumerCore as Consumer } from "../../client/consumer/consumer_core.ts";
import type { ConsumerOptions } from "../../client/consumer/consumer_options.ts";
import { hasMembers } from "../../client/consumer/has_members.ts";
import { SubscriptionStateError } from "../../client/consumer/subscription_state_error.ts";
import { api } from "../../protocol/apis.ts";
import { ClusterTransactions } from "../support/cluster_transactions.ts";
import { GatewayApp } from "../support/gateway_app.ts";
import { startMilena } from "../support/milena_process.ts";

const decoder = new TextDecoder();
let groups = 0;

/** A topic and a group of their own, and consumers that are gone when the test is over. */
class World implements AsyncDisposable {
  readonly group = `g${++groups}`;
  readonly topic = `t-${this.group}`;
  readonly cluster: Cluster;
  readonly app: GatewayApp;
  readonly #consumers: Consumer[] = [];

  constructor(address: { host: string; port: number }) {
    this.cluster = new Cluster({ bootstrap: [address], clientId: "test" });
    this.app = new GatewayApp(address);
  }

  consumer(options: Partial<ConsumerOptions<Uint8Array | null, Uint8Array | null>> = {}): Consumer {
    const consumer = new Consumer(this.cluster, {
      groupId: this.group,
      assignors: [rangeAssignor],
      autoOffsetReset: "earliest",
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 6000,
      metadataRefreshMs: 200,
      patternRefreshMs: 200,
      ...options,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  async create(partitions: number, topic = this.topic): Promise<void> {
    await this.app.ask("PUT", `/topics/${topic}`, { partitions }, 201);
  }

  async write(values: readonly number[], partition = 0, topic = this.topic): Promise<void> {
    const records = values.map((value) => ({ value }));
    await this.app.ask("POST", `/topics/${topic}/partitions/${partition}`, { records });
  }

  async committed(partition = 0): Promise<number | undefined> {
    const key = { topic: this.topic, partition };
    return (await fetchCommitted(this.cluster, this.group, [key])).get(key)?.offset;
  }

  /** Has the group's members removed, as an admin would. */
  async evict(): Promise<void> {
    const { groups } = await this.cluster.askCoordinator("group", this.group, api.DescribeGroups, {
      groups: [this.group],
    }, { codeOf: () => 0 });
    const members = groups[0]!.members.map(({ memberId }) => ({ memberId }));
    await this.cluster.askCoordinator("group", this.group, api.LeaveGroup, { groupId: this.group, members }, {
      codeOf: ({ errorCode }) => errorCode,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    this.cluster.close();
    this.app[Symbol.dispose]();
  }
}

async function poll(consumer: Consumer, timeoutMs = 5000, maxRecords = Infinity): Promise<string[]> {
  const consumed = await consumer.poll({ timeoutMs, maxBytes: 1_000_000, maxRecords });
  return consumed.map(({ partition, value }) => `${partition}:${decoder.decode(value!)}`);
}

/** Polls all of them until `isEnough` of what they got, or fails after ten seconds. */
async function until(
  isEnough: (seen: readonly string[]) => boolean,
  ...consumers: readonly Consumer[]
): Promise<string[]> {
  const seen: string[] = [];
  const deadline = performance.now() + 10_000;
  while (!isEnough(seen)) {
    ok(performance.now() < deadline, `not within ten seconds: ${seen}`);
    seen.push(...(await Promise.all(consumers.map((consumer) => poll(consumer, 50)))).flat());
  }
  return seen.sort();
}

function partitionsOf(consumer: Consumer): number[] {
  return consumer.assignment.map(({ partition }) => partition).sort((a, b) => a - b);
}

Deno.test("client/consumer against a broker", async (test) => {
  await using broker = await startMilena({
    settings: { "group.initial.rebalance.delay.ms": "0", "group.min.session.timeout.ms": "500" },
  });

  const step = (name: string, run: (world: World) => Promise<void>) =>
    test.step(name, async () => {
      await using world = new World(broker.kafka);
      await run(world);
    });

  await step(
    "Consumer.poll() gives records in order, and commit() is where the next goes on",
    async (world) => {
      await world.create(1);
      await world.write([1, 2, 3]);
      const first = world.consumer();
      first.subscribe([world.topic]);
      deepEqual(await poll(first, 5000, 2), ["0:1", "0:2"]);
      await first.commit();
      equal(await world.committed(), 2);
      await first.close();
      const second = world.consumer();
      second.subscribe([world.topic]);
      deepEqual(await poll(second), ["0:3"]);
    },
  );

  await step("Consumer.poll() waits for records, and no longer than it may", async (world) => {
    await world.create(2);
    const consumer = world.consumer();
    consumer.subscribe([world.topic]);
    await until(() => consumer.isStable, consumer);
    const began = performance.now();
    deepEqual(await poll(consumer, 100), []);
    ok(performance.now() - began < 2000);
    const waiting = poll(consumer, 10_000);
    await world.write([7], 1);
    deepEqual(await waiting, ["1:7"]);
  });

  for (const assignor of [rangeAssignor, roundRobinAssignor, cooperativeStickyAssignor]) {
    await step(
      `Consumers share partitions by ${assignor.name}, and take over from who leaves`,
      async (world) => {
        await world.create(5);
        const [a, b, c] = [0, 1, 2].map(() => world.consumer({ assignors: [assignor] })) as [
          Consumer,
          Consumer,
          Consumer,
        ];
        a.subscribe([world.topic]);
        await until(() => partitionsOf(a).length === 5, a);
        b.subscribe([world.topic]);
        await until(() => partitionsOf(a).length * partitionsOf(b).length === 6, a, b);
        deepEqual([...partitionsOf(a), ...partitionsOf(b)].sort(), [0, 1, 2, 3, 4]);
        c.subscribe([world.topic]);
        const isShared = () =>
          [a, b, c].every((one) => one.isStable && partitionsOf(one).length >= 1) &&
          [a, b, c].flatMap(partitionsOf).length === 5;
        await until(isShared, a, b, c);
        deepEqual([a, b, c].flatMap(partitionsOf).sort(), [0, 1, 2, 3, 4]);
        for (let partition = 0; partition < 5; partition++) await world.write([1], partition);
        deepEqual(await until(({ length }) => length >= 5, a, b, c), ["0:1", "1:1", "2:1", "3:1", "4:1"]);
        await Promise.all([a, b, c].map((one) => one.commit()));
        await b.close();
        await until(() => partitionsOf(a).length + partitionsOf(c).length === 5, a, c);
        await a.close();
        await until(() => partitionsOf(c).length === 5, c);
        for (let partition = 0; partition < 5; partition++) await world.write([2], partition);
        deepEqual(await until(({ length }) => length >= 5, c), ["0:2", "1:2", "2:2", "3:2", "4:2"]);
      },
    );
  }

  await step("A consumer that dies without a word is missed after its session", async (world) => {
    await world.create(2);
    await world.write([1]);
    const [a, b] = [world.consumer({ sessionTimeoutMs: 1000 }), world.consumer({ sessionTimeoutMs: 1000 })];
    a.subscribe([world.topic]);
    await until(() => partitionsOf(a).length === 2, a);
    b.subscribe([world.topic]);
    await until(() => partitionsOf(a).length === 1 && partitionsOf(b).length === 1, a, b);
    a.stop();
    await until(() => partitionsOf(b).length === 2, b);
  });

  await step(
    "A member that the coordinator has forgotten joins again, with nothing of before",
    async (world) => {
      await world.create(1);
      await world.write([1, 2]);
      const consumer = world.consumer({ autoCommitIntervalMs: 0 });
      const lost = Promise.withResolvers<void>();
      consumer.subscribe([world.topic], { onLost: () => lost.resolve() });
      deepEqual(await poll(consumer, 5000, 1), ["0:1"]);
      await world.evict();
      await lost.promise;
      deepEqual(
        await until(({ length }) => length >= 2, consumer),
        ["0:1", "0:2"],
        "the first was never asked past",
      );
    },
  );

  await step(
    "autoCommitIntervalMs commits what was asked past, and the rest when it is closed well",
    async (world) => {
      await world.create(1);
      await world.write([1, 2, 3]);
      const first = world.consumer({ autoCommitIntervalMs: 0 });
      first.subscribe([world.topic]);
      equal((await poll(first, 5000, 1)).length, 1);
      equal(await world.committed(), undefined, "the first record may still be worked on");
      equal((await poll(first, 5000, 1)).length, 1);
      await first.close();
      equal(await world.committed(), 1, "the second may not have been worked on when it was closed");
      const second = world.consumer({ autoCommitIntervalMs: 60_000 });
      second.subscribe([world.topic]);
      deepEqual(await poll(second), ["0:2", "0:3"]);
      await second.close({ isSafe: true });
      equal(await world.committed(), 3);
    },
  );

  await step(
    "subscribeTo() reads topics that come later, and more partitions are shared out",
    async (world) => {
      await world.create(1, `${world.topic}-a`);
      await world.create(1, `x${world.topic}-a`);
      const consumer = world.consumer();
      await consumer.subscribeTo((topic) => topic.startsWith(`${world.topic}-`));
      await until(() => consumer.assignment.length === 1, consumer);
      await world.create(2, `${world.topic}-b`);
      await until(() => consumer.assignment.length === 3, consumer);
      deepEqual(consumer.subscription, [`${world.topic}-a`, `${world.topic}-b`]);
    },
  );

  await step("assign() reads without a group's help, and commits in its name", async (world) => {
    await world.create(2);
    await world.write([1, 2], 1);
    const consumer = world.consumer();
    await consumer.assign([{ topic: world.topic, partition: 1 }]);
    deepEqual(await poll(consumer), ["1:1", "1:2"]);
    await consumer.commit();
    equal(await world.committed(1), 2);
    equal(await hasMembers(world.cluster, world.group), false);
    consumer.seek({ topic: world.topic, partition: 1 }, 1);
    deepEqual(await poll(consumer), ["1:2"]);
    await consumer.seekTo(consumer.assignment, "earliest");
    deepEqual(await poll(consumer), ["1:1", "1:2"]);
    await consumer.seekTo(consumer.assignment, "latest");
    await world.write([3], 1);
    deepEqual(await poll(consumer), ["1:3"]);
    let refused = () => consumer.subscribe([world.topic]);
    await rejects(async () => await refused(), SubscriptionStateError);
    refused = () => consumer.seek({ topic: world.topic, partition: 0 }, 0);
    await rejects(async () => await refused(), SubscriptionStateError);
  });

  await step("autoOffsetReset says where to begin", async (world) => {
    await world.create(1);
    await world.write([1]);
    const latest = world.consumer({ autoOffsetReset: "latest" });
    await latest.assign([{ topic: world.topic, partition: 0 }]);
    deepEqual(await poll(latest, 100), []);
    await world.write([2]);
    deepEqual(await poll(latest), ["0:2"]);
    const none = world.consumer({ autoOffsetReset: "none" });
    await none.assign([{ topic: world.topic, partition: 0 }]);
    await rejects(() => poll(none, 1000), /auto\.offset\.reset is none/);
    await commitOffsets(world.cluster, world.group, [{ topic: world.topic, partition: 0, offset: 99 }]);
    const beyond = world.consumer();
    await beyond.assign([{ topic: world.topic, partition: 0 }]);
    deepEqual(await poll(beyond), ["0:1", "0:2"]);
  });

  await step("isReadCommitted hides what was aborted", async (world) => {
    await world.create(1);
    await world.write([1]);
    const producer = await ClusterTransactions.begin(world.cluster, `tx-${world.topic}`);
    await producer.write(world.topic, 0, ["2", "3"]);
    await producer.end("abort");
    await producer.write(world.topic, 0, ["4"]);
    await producer.end("commit");
    const key = [{ topic: world.topic, partition: 0 }];
    const [all, committed] = [world.consumer(), world.consumer({ isReadCommitted: true })];
    await all.assign(key);
    await committed.assign(key);
    deepEqual(await poll(all), ["0:1", "0:2", "0:3", "0:4"]);
    deepEqual(await poll(committed), ["0:1", "0:4"]);
    await committed.commit();
    equal(await world.committed(), 6, "past the marker: no lag is left");
  });

  await step("A group that can't agree is refused, and said so", async (world) => {
    await world.create(1);
    const [a, b] = [world.consumer(), world.consumer({ assignors: [roundRobinAssignor] })];
    a.subscribe([world.topic]);
    await until(() => a.isStable, a);
    b.subscribe([world.topic]);
    await rejects(() => poll(b), /INCONSISTENT_GROUP_PROTOCOL/);
    await a.close();
    // It has tried again meanwhile, and may have been refused again.
    await poll(b, 500).catch(() => []);
    await until(() => b.isStable, b);
  });
});
