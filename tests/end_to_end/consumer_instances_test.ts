/**
 * Consumer instances of the v2 API against a running broker, as clients of Confluent's REST Proxy use them, and in one group
 * with clients that speak Kafka's protocol.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Gateway } from "../../broker/http/gateway.ts";
import { Cluster } from "../../client/cluster.ts";
import { hasMembers } from "../../client/consumer/has_members.ts";
import { GatewayApp } from "../support/gateway_app.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { RawHttp } from "../support/raw_http.ts";
import { testNeeding } from "../support/requirement.ts";
import { kafkajsGroup } from "../clients/kafkajs_group.ts";
import { kcatGroup } from "../clients/kcat_group.ts";

const JSON_TYPE = "application/vnd.kafka.json.v2+json";
const V2_TYPE = "application/vnd.kafka.v2+json";
let groups = 0;

// deno-lint-ignore no-explicit-any -- each test knows the shape that it asks for
type Answer = any;

/** A topic, a group, and instances in it, over real HTTP. */
class World implements AsyncDisposable {
  readonly group = `g${++groups}`;
  readonly topic = `t-${this.group}`;
  readonly #instances: string[] = [];

  constructor(readonly broker: MilenaProcess) {}

  get url(): string {
    return `http://${this.broker.http.host}:${this.broker.http.port}`;
  }

  /** `path` may be a whole URL. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    wanted: number | [number, number] = 200,
  ): Promise<Answer> {
    const response = await fetch(path.startsWith("http") ? path : this.url + path, {
      method,
      headers: { "content-type": V2_TYPE },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const text = await response.text();
    const [status, code] = [wanted].flat();
    equal(response.status, status, `${method} ${path}: ${text}`);
    const answer = text === "" ? undefined : JSON.parse(text);
    if (code !== undefined) equal(answer.error_code, code, text);
    return answer;
  }

  async create(partitions: number, topic = this.topic): Promise<void> {
    await this.ask("PUT", `/topics/${topic}`, { partitions }, 201);
  }

  async write(values: readonly unknown[], partition = 0, topic = this.topic): Promise<void> {
    const response = await fetch(`${this.url}/topics/${topic}/partitions/${partition}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ records: values.map((value) => ({ value })) }),
    });
    equal(response.status, 200, await response.text());
  }

  /** Returns its base_uri. */
  async instance(config: Record<string, unknown> = {}): Promise<string> {
    const { base_uri } = await this.ask("POST", `/consumers/${this.group}`, {
      format: "json",
      "auto.offset.reset": "earliest",
      ...config,
    });
    this.#instances.push(base_uri);
    return base_uri;
  }

  async subscribed(config: Record<string, unknown> = {}, topics = [this.topic]): Promise<string> {
    const instance = await this.instance(config);
    await this.ask("POST", `${instance}/subscription`, { topics }, 204);
    return instance;
  }

  /** Reads until there is something, for ten seconds at most. */
  async read(instance: string, query = "timeout=2000"): Promise<Answer[]> {
    for (let attempt = 0; attempt < 5; attempt++) {
      const records = await this.readOnce(instance, query);
      if (records.length > 0) return records;
    }
    throw new Error("nothing came");
  }

  async readOnce(instance: string, query: string): Promise<Answer[]> {
    const response = await fetch(`${instance}/records?${query}`, { headers: { accept: JSON_TYPE } });
    const text = await response.text();
    equal(response.status, 200, text);
    equal(response.headers.get("content-type"), JSON_TYPE);
    return JSON.parse(text);
  }

  async assigned(instance: string): Promise<number[]> {
    const { partitions } = await this.ask("GET", `${instance}/assignments`);
    return partitions.map(({ partition }: { partition: number }) => partition).sort();
  }

  async until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (!await isSo()) {
      ok(performance.now() < deadline, "not within 15 s");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of this.#instances) {
      await (await fetch(instance, { method: "DELETE" })).body?.cancel();
    }
  }
}

const valuesOf = (records: Answer[]) => records.map(({ value }) => value);

Deno.test("consumer instances over HTTP", async (test) => {
  await using broker = await startMilena({ settings: { "group.initial.rebalance.delay.ms": "0" } });

  const step = (name: string, run: (world: World) => Promise<void>) =>
    test.step(name, async () => {
      await using world = new World(broker);
      await run(world);
    });

  await step("the steps of Confluent's documentation work as they stand there", async (world) => {
    await world.create(1);
    await world.write([{ foo: "bar" }]);
    const created = await world.ask("POST", `/consumers/${world.group}`, {
      name: "my_consumer_instance",
      format: "json",
      "auto.offset.reset": "earliest",
    });
    const base_uri = `${world.url}/consumers/${world.group}/instances/my_consumer_instance`;
    deepEqual(created, { instance_id: "my_consumer_instance", base_uri });
    await world.ask("POST", `${base_uri}/subscription`, { topics: [world.topic] }, 204);
    deepEqual(await world.ask("GET", `${base_uri}/subscription`), { topics: [world.topic] });
    const [{ topic, key, value, partition, offset }] = await world.read(base_uri);
    deepEqual([topic, key, value, partition, offset], [world.topic, null, { foo: "bar" }, 0, 0]);
    await world.ask("DELETE", base_uri, undefined, 204);
    await world.ask("DELETE", base_uri, undefined, [404, 40403]);
    await world.ask("GET", `${base_uri}/records`, undefined, [404, 40403]);
  });

  await step("binary is the format unless another is asked for, and Accept must allow it", async (world) => {
    await world.create(1);
    await world.write(["x"]);
    const instance = await world.subscribed({ format: undefined, "auto.commit.enable": "false" });
    const read = (accept: string) => fetch(`${instance}/records?timeout=3000`, { headers: { accept } });
    const refused = await read(JSON_TYPE);
    equal(refused.status, 406);
    equal((await refused.json()).error_code, 40601);
    const response = await read("application/vnd.kafka.binary.v2+json");
    equal(response.headers.get("content-type"), "application/vnd.kafka.binary.v2+json");
    const [{ value }] = await response.json();
    equal(value, btoa('"x"'));
    await world.ask("POST", `${instance}/positions/beginning`, {
      partitions: [{ topic: world.topic, partition: 0 }],
    }, 204);
    const plain = await read("application/json");
    equal(plain.headers.get("content-type"), "application/json");
    const [shown] = await plain.json();
    deepEqual([shown.value, shown.value_format], [btoa('"x"'), "base64"]);
  });

  await step("two instances share a topic, and one takes over when the other is deleted", async (world) => {
    await world.create(4);
    const [a, b] = [await world.subscribed(), await world.subscribed()];
    await world.until(async () =>
      (await world.assigned(a)).length === 2 && (await world.assigned(b)).length === 2
    );
    deepEqual([...await world.assigned(a), ...await world.assigned(b)].sort(), [0, 1, 2, 3]);
    for (let partition = 0; partition < 4; partition++) await world.write([partition], partition);
    const seen: Answer[] = [];
    await world.until(async () => {
      for (const one of [a, b]) seen.push(...valuesOf(await world.readOnce(one, "timeout=100")));
      return seen.length >= 4;
    });
    deepEqual(seen.sort(), [0, 1, 2, 3]);
    await world.ask("DELETE", b, undefined, 204);
    await world.until(async () => (await world.assigned(a)).length === 4);
    for (let partition = 0; partition < 4; partition++) await world.write([10 + partition], partition);
    const later: Answer[] = [];
    await world.until(async () => {
      later.push(...valuesOf(await world.readOnce(a, "timeout=100")));
      return later.length >= 4;
    });
    deepEqual(later.sort(), [10, 11, 12, 13], "what the other had got was committed when it was deleted");
  });

  await step("offsets are committed as Confluent counts them, and as Redpanda does", async (world) => {
    await world.create(1);
    await world.write([1, 2, 3, 4]);
    const instance = await world.subscribed({ "auto.commit.enable": "false" });
    equal((await world.read(instance)).length, 4);
    const [topic, partition] = [world.topic, 0];
    const committed = () => world.ask("GET", `${instance}/offsets?partitions=${topic}:0`);
    deepEqual(await committed(), { offsets: [] });
    const one = { topic, partition, offset: 1 };
    deepEqual(
      await world.ask("POST", `${instance}/offsets`, { offsets: [{ ...one, metadata: "mine" }] }),
      [],
    );
    deepEqual(await committed(), { offsets: [{ topic, partition, offset: 2, metadata: "mine" }] });
    await world.ask("POST", `${instance}/offsets`, { partitions: [one] });
    deepEqual(await committed(), { offsets: [{ topic, partition, offset: 1, metadata: "" }] });
    await world.ask("POST", `${instance}/offsets`);
    deepEqual(await world.ask("GET", `${instance}/offsets`), {
      offsets: [{ topic, partition, offset: 4, metadata: "" }],
    });
  });

  await step("GET …/offsets takes a body, as Confluent's clients send it", async (world) => {
    await world.create(1);
    await world.write([1]);
    const instance = await world.subscribed();
    await world.read(instance);
    await world.ask("POST", `${instance}/offsets`);
    const { status, body } = await new RawHttp(broker.http).ask(
      "GET",
      `${new URL(instance).pathname}/offsets`,
      {
        partitions: [{ topic: world.topic, partition: 0 }],
      },
    );
    equal(status, 200, body);
    deepEqual(JSON.parse(body).offsets.map(({ offset }: Answer) => offset), [1]);
  });

  await step("auto.commit.enable commits what was asked past when it is deleted", async (world) => {
    await world.create(1);
    await world.write([1, 2]);
    const first = await world.subscribed();
    equal((await world.read(first)).length, 2);
    await world.ask("DELETE", first, undefined, 204);
    await world.write([3]);
    deepEqual(valuesOf(await world.read(await world.subscribed())), [3]);
  });

  await step("positions go to offsets, times, beginning and end", async (world) => {
    await world.create(1);
    await world.write([1, 2]);
    const between = Date.now() + 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await world.write([3]);
    const instance = await world.instance();
    const one = { topic: world.topic, partition: 0 };
    await world.ask("POST", `${instance}/assignments`, { partitions: [one] }, 204);
    deepEqual(await world.ask("GET", `${instance}/assignments`), { partitions: [one] });
    const after = async (path: string, body: unknown) => {
      await world.ask("POST", `${instance}/positions${path}`, body, 204);
      return valuesOf(await world.readOnce(instance, "timeout=200"));
    };
    deepEqual(await after("", { offsets: [{ ...one, offset: 1 }] }), [2, 3]);
    deepEqual(await after("/beginning", { partitions: [one] }), [1, 2, 3]);
    deepEqual(await after("/end", { partitions: [one] }), []);
    deepEqual(await after("", { timestamps: [{ ...one, timestamp: between }] }), [3]);
    deepEqual(await after("", { timestamps: [{ ...one, timestamp: new Date(between).toISOString() }] }), [3]);
    const other = { ...one, partition: 7 };
    await world.ask("POST", `${instance}/positions/end`, { partitions: [other] }, [409, 40903]);
    await world.ask("POST", `${instance}/subscription`, { topics: [world.topic] }, [409, 40903]);
    await world.ask("DELETE", `${instance}/subscription`, undefined, 204);
    await world.ask("POST", `${instance}/subscription`, { topics: [world.topic] }, 204);
    await world.ask("POST", `${instance}/assignments`, { partitions: [one] }, [409, 40903]);
  });

  await step(
    "topic_pattern subscribes to what matches, in time that no pattern can stretch",
    async (world) => {
      await world.create(1, `${world.topic}-a`);
      await world.write([1], 0, `${world.topic}-a`);
      await world.create(1, `x-${world.topic}-a`);
      const instance = await world.instance();
      await world.ask("POST", `${instance}/subscription`, { topic_pattern: `${world.topic}-.*` }, 204);
      deepEqual(await world.ask("GET", `${instance}/subscription`), { topics: [`${world.topic}-a`] });
      deepEqual(valuesOf(await world.read(instance)), [1]);
      await world.create(1, "a".repeat(200));
      await world.ask("POST", `${instance}/subscription`, { topic_pattern: "(a+)+b" }, 204);
      await world.ask("POST", `${instance}/subscription`, { topic_pattern: "(a" }, [422, 42206]);
    },
  );

  await step("what is wrong is said, with Confluent's codes", async (world) => {
    const path = `/consumers/${world.group}`;
    await world.ask("POST", path, { format: "avro" }, [422, 42204]);
    await world.ask("POST", path, { "auto.offset.reset": "newest" }, [422, 42204]);
    await world.ask("POST", path, { "auto.ofset.reset": "latest" }, [422, 42204]);
    const instance = await world.instance({
      name: "twice",
      "fetch.min.bytes": "1",
      "consumer.request.timeout.ms": "50",
    });
    match(instance, /\/instances\/twice$/);
    const { message } = await world.ask("POST", path, { name: "twice" }, [409, 40902]);
    match(message, /DELETE \/consumers\//);
    await world.ask("POST", `${instance}/subscription`, { topic: ["x"] }, [422, 42206]);
    await world.ask("POST", `${instance}/offsets`, { offsets: [{ topic: "x", partition: 0, offset: -1 }] }, [
      422,
      42206,
    ]);
    await world.ask("GET", `${instance}/records?timeout=-1`, undefined, [400, 40001]);
    deepEqual(await world.readOnce(instance, ""), [], "without a subscription there is nothing");
  });

  await step("base_uri is where the caller found the gateway", async (world) => {
    const { body } = await new RawHttp(broker.http).ask("POST", `/consumers/${world.group}`, {}, {
      host: "proxy.example:444",
      "x-forwarded-proto": "https",
    });
    const { base_uri, instance_id } = JSON.parse(body);
    equal(base_uri, `https://proxy.example:444/consumers/${world.group}/instances/${instance_id}`);
    await world.ask("DELETE", `/consumers/${world.group}/instances/${instance_id}`, undefined, 204);
  });
});

Deno.test("consumer instances are closed when nobody uses them, are few, and leave when the gateway ends", async () => {
  await using broker = await startMilena({ settings: { "group.initial.rebalance.delay.ms": "0" } });
  using cluster = new Cluster({ bootstrap: [broker.kafka], clientId: "test" });
  using app = new GatewayApp(broker.kafka, { consumerTimeoutMs: 500, maxConsumers: 2 });
  await app.ask("PUT", "/topics/t", { partitions: 1 }, 201);
  const create = (name: string, status = 200) => app.ask("POST", "/consumers/g", { name }, status);
  await create("a");
  await app.ask("POST", "/consumers/g/instances/a/subscription", { topics: ["t"] }, 204);
  await create("b");
  equal((await create("c", 429)).error_code, 42901);
  // In use for longer than it may be idle.
  await app.ask("GET", "/consumers/g/instances/a/records?timeout=800");
  await app.ask("GET", "/consumers/g/instances/b/subscription", undefined, 404);
  ok(await hasMembers(cluster, "g"));
  await new Promise((resolve) => setTimeout(resolve, 800));
  await app.ask("GET", "/consumers/g/instances/a/subscription", undefined, 404);
  equal(await hasMembers(cluster, "g"), false);

  const gateway = new Gateway({ address: [broker.kafka] });
  const { consumer } = gateway.consumers.create("g", {
    id: undefined,
    format: "json",
    autoOffsetReset: "latest",
    isAutoCommitting: false,
    minBytes: 1,
    requestTimeoutMs: 0,
    isReadCommitted: false,
  });
  consumer.subscribe(["t"]);
  await consumer.poll({ timeoutMs: 500, maxBytes: 1 });
  ok(await hasMembers(cluster, "g"));
  await gateway.endReads();
  gateway.close();
  equal(await hasMembers(cluster, "g"), false);
});

Deno.test("a group with a consumer instance is refused to polls with leases", async () => {
  await using broker = await startMilena({ settings: { "group.initial.rebalance.delay.ms": "0" } });
  using app = new GatewayApp(broker.kafka);
  await app.ask("PUT", "/topics/t", { partitions: 1 }, 201);
  await app.ask("POST", "/consumers/g", { name: "a" });
  await app.ask("POST", "/consumers/g/instances/a/subscription", { topics: ["t"] }, 204);
  await app.ask("GET", "/consumers/g/instances/a/records?timeout=500");
  const { error_code, message } = await app.ask("POST", "/groups/g/topics/t/poll", { wait_ms: 30_000 }, 409);
  equal(error_code, 40904);
  match(message, /UNKNOWN_MEMBER_ID/);
  await app.ask("POST", "/topics/t", { records: [{ value: 1 }] });
  equal((await app.ask("POST", "/groups/g/topics/t/poll", {}, 409)).error_code, 40904);
  await app.ask("DELETE", "/consumers/g/instances/a", undefined, 204);
  await app.ask("POST", "/groups/g/topics/t/poll", {});
});

for (const client of [kafkajsGroup, kcatGroup]) {
  const name =
    `an instance and ${client.name} share a topic, take over from each other, and see each other's commits`;
  testNeeding(client.needs, name, async () => {
    await using broker = await startMilena({ settings: { "group.initial.rebalance.delay.ms": "0" } });
    await using world = new World(broker);
    await world.create(4);
    const instance = await world.subscribed();
    await world.until(async () => (await world.assigned(instance)).length === 4);
    await world.write(["first"]);
    deepEqual(valuesOf(await world.read(instance)), ["first"]);
    await world.ask("POST", `${instance}/offsets`);
    const member = await client.join({
      bootstrap: world.broker.bootstrap,
      group: world.group,
      topic: world.topic,
      assignor: "roundrobin",
      sessionTimeoutMs: 10_000,
    });
    try {
      await world.until(async () => {
        const [ours, { partitions: theirs }] = [await world.assigned(instance), await member.state()];
        return ours.length === 2 && theirs.length === 2 && new Set([...ours, ...theirs]).size === 4;
      });
      for (let partition = 0; partition < 4; partition++) await world.write([partition], partition);
      const ours = await world.assigned(instance);
      const seen: Answer[] = [];
      await world.until(async () => {
        seen.push(...valuesOf(await world.readOnce(instance, "timeout=100")));
        return seen.length + (await member.state()).values.length >= 4;
      });
      const theirs = (await member.state()).values.map(Number);
      deepEqual(seen.sort(), ours);
      deepEqual([...seen, ...theirs].sort(), [0, 1, 2, 3], "nobody got the first again: it was committed");
      await world.ask("DELETE", instance, undefined, 204);
      await world.until(async () => (await member.state()).partitions.length === 4);
    } finally {
      await member.leave();
    }
    deepEqual(await world.readOnce(await world.subscribed(), "timeout=500"), [], "all was committed");
  });
}
