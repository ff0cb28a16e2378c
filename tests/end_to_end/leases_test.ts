/**
 * Groups over HTTP by leases, against a running broker: each rule of docs/http.md, "Consumer groups", as a client sees it.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { commitOffsets, fetchCommitted } from "../../client/consumer/committed_offsets.ts";
import { ClusterTransactions } from "../support/cluster_transactions.ts";
import { GatewayApp } from "../support/gateway_app.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";

let topics = 0;

/** A gateway, and a topic with `values` in each of its partitions. */
class World implements Disposable {
  readonly app: GatewayApp;
  readonly topic = `t${++topics}`;

  constructor(readonly broker: MilenaProcess) {
    this.app = new GatewayApp(broker.kafka);
  }

  async create(partitions: number, values: readonly number[] = []): Promise<void> {
    await this.app.ask("PUT", `/topics/${this.topic}`, { partitions }, 201);
    for (let partition = 0; partition < partitions; partition++) {
      if (values.length > 0) await this.write(partition, values);
    }
  }

  async write(partition: number, values: readonly number[]): Promise<void> {
    const records = values.map((value) => ({ value }));
    await this.app.ask("POST", `/topics/${this.topic}/partitions/${partition}`, { records });
  }

  // deno-lint-ignore no-explicit-any -- see GatewayApp
  poll(body: unknown = {}, status = 200, app = this.app): Promise<any> {
    return app.ask("POST", `/groups/g/topics/${this.topic}/poll`, body, status);
  }

  // deno-lint-ignore no-explicit-any -- see GatewayApp
  commit(body: unknown, status = 200, app = this.app): Promise<any> {
    return app.ask("POST", `/groups/g/topics/${this.topic}/commit`, body, status);
  }

  async committed(partition = 0): Promise<number | undefined> {
    const key = { topic: this.topic, partition };
    return (await fetchCommitted(this.app.gateway.cluster, "g", [key])).get(key)?.offset;
  }

  [Symbol.dispose](): void {
    this.app[Symbol.dispose]();
  }
}

// deno-lint-ignore no-explicit-any -- as the API answers
const valuesOf = ({ records }: any) => records.map(({ value }: { value: unknown }) => value);

Deno.test("leases over HTTP", async (test) => {
  await using broker = await startMilena({ settings: { "group.initial.rebalance.delay.ms": "0" } });

  const step = (name: string, run: (world: World) => Promise<void>) =>
    test.step(name, async () => {
      using world = new World(broker);
      await run(world);
    });

  await step(
    "a poll hands out records, a commit takes them off, and the next poll goes on",
    async (world) => {
      await world.create(1, [1, 2, 3]);
      const first = await world.poll({ max_records: 2 });
      deepEqual(
        [first.partition, valuesOf(first), first.next_offset, first.delivery_count],
        [0, [1, 2], 2, 1],
      );
      ok(first.expires_at > Date.now() + 25_000 && first.expires_at < Date.now() + 31_000);
      equal(await world.committed(), 0, "the offset stays until it is committed");
      deepEqual(await world.commit({ lease: first.lease }), {
        topic: world.topic,
        partition: 0,
        committed_offset: 2,
        expires_at: null,
      });
      equal(await world.committed(), 2);
      deepEqual(valuesOf(await world.poll()), [3]);
    },
  );

  await step("a partition has one lease at a time", async (world) => {
    await world.create(1, [1, 2]);
    equal((await world.poll({ max_records: 1 })).partition, 0);
    deepEqual(await world.poll({ wait_ms: 0 }), {
      lease: null,
      topic: world.topic,
      partition: null,
      records: [],
      next_offset: null,
      delivery_count: null,
      expires_at: null,
    });
  });

  await step(
    "an expired lease goes to the next poll with a higher delivery count, and the first gets 409",
    async (world) => {
      await world.create(1, [1, 2]);
      const first = await world.poll({ lease_ms: 100 });
      const second = await world.poll({ wait_ms: 5000 });
      deepEqual([valuesOf(second), second.delivery_count], [[1, 2], 2]);
      const { error_code, message } = await world.commit({ lease: first.lease }, 409);
      equal(error_code, 40906);
      match(message, /somebody else/);
      equal(await world.committed(), 0, "nothing was committed");
      await world.commit({ lease: second.lease });
      equal(await world.committed(), 2);
    },
  );

  await step("an expired lease may be committed while nobody else got the partition", async (world) => {
    await world.create(1, [1, 2]);
    const { lease } = await world.poll({ lease_ms: 100 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    await world.commit({ lease });
    equal(await world.committed(), 2);
  });

  await step("a commit may be sent again, as after an answer that got lost", async (world) => {
    await world.create(1, [1, 2]);
    const { lease } = await world.poll({ max_records: 1 });
    await world.commit({ lease });
    equal((await world.commit({ lease })).committed_offset, 1);
    const next = await world.poll();
    equal((await world.commit({ lease })).committed_offset, 1, "even while somebody has what comes after");
    await world.commit({ lease: next.lease });
    await world.commit({ lease }, 409);
  });

  await step("a partial commit frees the rest, which keeps its delivery count", async (world) => {
    await world.create(1, [1, 2, 3]);
    const { lease } = await world.poll();
    equal((await world.commit({ lease, offset: 2 })).committed_offset, 2);
    await world.commit({ lease }, 409);
    const rest = await world.poll();
    deepEqual([valuesOf(rest), rest.delivery_count], [[3], 2]);
    const { message } = await world.commit({ lease: rest.lease, offset: 1 }, 422);
    match(message, /from 2 to 3, but is 1/);
    await world.commit({ lease: rest.lease, offset: 4 }, 422);
    equal(await world.committed(), 2);
  });

  await step("release gives back at once, to a poll that waits already", async (world) => {
    await world.create(1, [1]);
    const { lease } = await world.poll();
    const waiting = world.poll({ wait_ms: 10_000 });
    const began = performance.now();
    equal((await world.commit({ lease, release: true })).committed_offset, 0);
    equal((await waiting).delivery_count, 2);
    ok(performance.now() - began < 5000);
  });

  await step("extend prolongs", async (world) => {
    await world.create(1, [1]);
    const { lease } = await world.poll({ lease_ms: 300 });
    const { expires_at } = await world.commit({ lease, extend_ms: 60_000 });
    ok(expires_at > Date.now() + 50_000);
    equal((await world.poll({ wait_ms: 600 })).lease, null);
    await world.commit({ lease });
  });

  await step("polls are spread over partitions, the least recently served first", async (world) => {
    await world.create(3, [1, 2]);
    const taken = new Set<number>();
    for (let i = 0; i < 3; i++) taken.add((await world.poll({ max_records: 1 })).partition);
    deepEqual([...taken].sort(), [0, 1, 2]);
    equal((await world.poll({ wait_ms: 0 })).lease, null);
  });

  await step("polls at the same time get different partitions", async (world) => {
    await world.create(4, [1]);
    const polls = await Promise.all(Array.from({ length: 4 }, () => world.poll()));
    deepEqual(polls.map(({ partition }) => partition).sort(), [0, 1, 2, 3]);
  });

  await step("a poll that waits is answered by a record that comes", async (world) => {
    await world.create(2);
    const waiting = [world.poll({ wait_ms: 20_000 }), world.poll({ wait_ms: 20_000 })];
    await new Promise((resolve) => setTimeout(resolve, 200));
    const began = performance.now();
    await world.write(1, [7]);
    const first = await Promise.race(waiting);
    deepEqual([first.partition, valuesOf(first)], [1, [7]]);
    await world.write(0, [8]);
    const both = await Promise.all(waiting);
    deepEqual(both.flatMap(valuesOf).sort(), [7, 8]);
    ok(performance.now() - began < 5000);
  });

  await step("a poll that is given up leaves no lease behind", async (world) => {
    await world.create(1);
    const gone = new AbortController();
    const path = `/groups/g/topics/${world.topic}/poll`;
    const given = world.app.request(path, {
      method: "POST",
      body: JSON.stringify({ wait_ms: 20_000 }),
      signal: gone.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    await given.catch(() => {});
    await world.write(0, [1]);
    equal((await world.poll()).delivery_count, 1);
  });

  await step("a poll after one that was given up sees what was committed meanwhile", async (world) => {
    await world.create(2);
    await world.write(0, [1, 2]);
    const { lease } = await world.poll({ max_records: 1 });
    const gone = new AbortController();
    const given = world.app.request(`/groups/g/topics/${world.topic}/poll`, {
      method: "POST",
      body: JSON.stringify({ wait_ms: 30_000 }),
      signal: gone.signal,
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    await given.catch(() => {});
    await world.commit({ lease });
    const began = performance.now();
    deepEqual(valuesOf(await world.poll({ wait_ms: 5000 })), [2]);
    ok(performance.now() - began < 1500);
  });

  await step("reset=latest begins at the end and stays there", async (world) => {
    await world.create(1, [1, 2]);
    equal((await world.poll({ reset: "latest", wait_ms: 0 })).lease, null);
    await world.write(0, [3]);
    deepEqual(valuesOf(await world.poll({ reset: "earliest" })), [3]);
  });

  await step("leases are seen by other gateways, and outlive the one that gave them", async (world) => {
    await world.create(1, [1]);
    const { lease } = await world.poll();
    using other = new GatewayApp(broker.kafka);
    equal((await world.poll({ wait_ms: 0 }, 200, other)).lease, null);
    world.app[Symbol.dispose]();
    await world.commit({ lease }, 200, other);
    equal((await world.poll({ wait_ms: 0 }, 200, other)).lease, null);
  });

  await step("an offset that is no more is begun anew", async (world) => {
    await world.create(1, [1, 2]);
    await commitOffsets(world.app.gateway.cluster, "g", [{ topic: world.topic, partition: 0, offset: 99 }]);
    deepEqual(valuesOf(await world.poll()), [1, 2]);
  });

  await step("what others wrote as metadata is nobody's lease", async (world) => {
    await world.create(1, [1, 2]);
    await commitOffsets(world.app.gateway.cluster, "g", [
      { topic: world.topic, partition: 0, offset: 1, metadata: '{"milena":"?' },
    ]);
    deepEqual(valuesOf(await world.poll()), [2]);
  });

  await step("aborted transactions are not handed out, and their markers leave no lag", async (world) => {
    await world.create(1, [1]);
    const producer = await ClusterTransactions.begin(world.app.gateway.cluster, `tx-${world.topic}`);
    await producer.write(world.topic, 0, ["2", "3"]);
    await producer.end("abort");
    const first = await world.poll();
    deepEqual([valuesOf(first), first.next_offset], [[1], 4]);
    await world.commit({ lease: first.lease });
    await producer.write(world.topic, 0, ["4"]);
    equal((await world.poll({ wait_ms: 0 })).lease, null, "open transactions are not shown");
    await producer.end("abort");
    equal((await world.poll({ wait_ms: 0 })).lease, null);
    equal(await world.committed(), 6, "the group has passed what nobody sees");
  });

  await step("records are shown in the formats asked for", async (world) => {
    await world.create(1);
    await world.app.ask("POST", `/topics/${world.topic}`, { records: [{ key: "k", value: { a: 1 } }] });
    const response = await world.app.request(`/groups/g/topics/${world.topic}/poll`, {
      method: "POST",
      headers: { accept: "application/vnd.kafka.binary.v2+json" },
      body: JSON.stringify({ key_format: "text" }),
    });
    equal(response.headers.get("content-type"), "application/vnd.kafka.binary.v2+json");
    const { records: [record] } = await response.json();
    deepEqual([record.key, record.key_format, record.value], ["k", "text", btoa('{"a":1}')]);
  });

  await step("what is wrong is said", async (world) => {
    await world.create(1);
    const path = `/groups/g/topics/${world.topic}`;
    const refused = async (body: unknown, wanted: RegExp, to = "poll") => {
      match((await world.app.ask("POST", `${path}/${to}`, body, 422)).message, wanted);
    };
    await refused({ max_record: 1 }, /max_record/);
    await refused({ lease_ms: 1 }, /lease_ms/);
    await refused({ reset: "newest" }, /reset/);
    await refused({}, /lease/, "commit");
    await refused({ lease: "nonsense" }, /what a poll answered/, "commit");
    await refused({ lease: `0.${"a".repeat(16)}`, release: true, offset: 1 }, /at most/, "commit");
    await world.commit({ lease: `0.${"a".repeat(16)}` }, 409);
    await world.commit({ lease: `77.${"a".repeat(16)}` }, 409);
    equal((await world.app.ask("POST", "/groups/g/topics/nowhere/poll", {}, 404)).error_code, 40401);
    const lines = await world.app.request(`${path}/poll`, {
      method: "POST",
      headers: { accept: "application/x-ndjson" },
    });
    equal(lines.status, 406);
  });
});
