/**
 * `milena gateway` in front of Apache Kafka: three brokers, each of which leads a third of the partitions, of which one is
 * stopped and one killed while records are written.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Cluster } from "../../client/cluster.ts";
import { api } from "../../protocol/apis.ts";
import { HttpClient } from "../support/http_client.ts";
import { KafkaCluster } from "../support/kafka_cluster.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";

interface OffsetsAnswer {
  readonly offsets: readonly { readonly partition: number; readonly offset: number | null }[];
  readonly durability: string;
}

interface ShownPartition {
  readonly partition: number;
  readonly leader: number;
}

const PARTITIONS = 6;
/** Enough for each broker to coordinate some. */
const GROUPS = Array.from({ length: 12 }, (_, i) => `group-${i}`);

testNeeding(
  [javaTools],
  "milena gateway in front of three brokers of Apache Kafka",
  stepwise(async (step) => {
    await using kafka = await KafkaCluster.start({
      brokerCount: 3,
      settings: { "min.insync.replicas": "2", "auto.create.topics.enable": "false" },
    });
    await using gateway = await startMilena({ gatewayTo: kafka.bootstrap });
    const http = new HttpClient(gateway);

    await step(
      "PUT /topics/{topic} makes a topic that the next request finds, led by all brokers",
      async () => {
        await http.ask("PUT", "/topics/orders", { body: { partitions: PARTITIONS }, status: 201 });
        deepEqual(await http.ask("GET", "/topics"), ["orders"]);
        const partitions = await http.ask("GET", "/topics/orders/partitions") as ShownPartition[];
        deepEqual(new Set(partitions.map(({ leader }) => leader)), new Set([1, 2, 3]));
        deepEqual(await http.ask("GET", "/brokers"), { brokers: [1, 2, 3] });
        await http.ask("PUT", "/topics/orders", { body: { partitions: PARTITIONS } });
      },
    );
    await step("POST and GET write and read every partition, whoever leads it", async () => {
      const records = Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        key: `k${partition}`,
        value: { partition },
        headers: [{ key: "h", value: "1" }],
      }));
      const written = await http.ask("POST", "/topics/orders", { body: { records } }) as OffsetsAnswer;
      deepEqual(written.offsets.map(({ partition, offset }) => [partition, offset]), [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
        [5, 0],
      ]);
      equal(written.durability, "unknown");
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const path = `/topics/orders/partitions/${partition}`;
        const [record] = await http.ask("GET", `${path}/records?offset=earliest`) as Record<
          string,
          unknown
        >[];
        deepEqual([record!["key"], record!["value"]], [`k${partition}`, { partition }]);
        deepEqual(await http.ask("GET", `${path}/offsets`), { beginning_offset: 0, end_offset: 1 });
      }
      for (const acks of [0, 1]) await http.ask("POST", `/topics/orders/records?acks=${acks}`, { text: "x" });
    });
    await step("what is not there is said as in front of Milena", async () => {
      const unknown = await http.ask("GET", "/topics/none/partitions/0/offsets", { status: 404 });
      match((unknown as { message: string }).message, /There is no topic "none"/);
      const partition = await http.ask("GET", "/topics/orders/partitions/77/records", { status: 404 });
      match((partition as { message: string }).message, /there is no partition 77/);
      await http.ask("GET", "/topics/orders/partitions/0/records?offset=999", { status: 416 });
    });
    using cluster = new Cluster({ bootstrap: kafka.addresses.slice(1, 2), clientId: "test" });
    await step(
      "Cluster asks each group's and each transactional id's coordinator, and every leader",
      async () => {
        for (const [i, group] of GROUPS.entries()) await commit(cluster, group, 100 + i);
        const ids = await Promise.all(GROUPS.map((id) => initProducer(cluster, id)));
        equal(new Set(ids).size, GROUPS.length);
        const description = await cluster.describe();
        deepEqual(description.brokers.map(({ id }) => id), [1, 2, 3]);
        ok(description.brokers.some(({ id }) => id === description.controllerId));
        const wanted = new Map([["orders", new Map([0, 1, 2, 3, 4, 5].map((partition) => [partition, -2]))]]);
        const found = [...(await cluster.listOffsets(wanted)).get("orders")!.values()];
        deepEqual(found.map(({ errorCode, offset }) => [errorCode, offset]), Array(PARTITIONS).fill([0, 0]));
      },
    );
    await step(
      "nothing acknowledged is lost or doubled while a broker is stopped and one is killed",
      async () => {
        await http.ask("PUT", "/topics/chaos", { body: { partitions: PARTITIONS }, status: 201 });
        const writers = new Writers(gateway, 8);
        await pause(2000);
        await kafka.stopBroker(2, "SIGTERM");
        await pause(3000);
        await kafka.startBroker(2);
        await pause(5000);
        await kafka.stopBroker(3, "SIGKILL");
        // Until the controller has noticed, which takes it 9 s, and then some.
        await pause(15_000);
        const outcomes = await writers.stop();
        const stored = await allRecords(http);
        let unknownCount = 0;
        for (const [value, outcome] of outcomes) {
          const times = stored.filter((record) => record.value === value).length;
          if (typeof outcome === "string") {
            unknownCount++;
            match(outcome, /may or may not have been/);
            ok(times <= 1, `${value} is there ${times} times, and its writer was told: ${outcome}`);
          } else {
            equal(times, 1, `${value} was acknowledged`);
            const at = stored.find((record) => record.value === value)!;
            deepEqual([at.partition, at.offset], [outcome.partition, outcome.offset]);
          }
        }
        console.log(`${outcomes.size} written, of which ${unknownCount} perhaps`);
        ok(outcomes.size > 500, `only ${outcomes.size}`);
        ok(
          unknownCount <= 32,
          `${unknownCount} perhaps: more than were on their way to the broker that was killed`,
        );
        await http.ask("GET", "/readyz");
      },
    );
    await step(
      "Cluster finds the coordinators that have taken over from the broker that is gone",
      async () => {
        for (const [i, group] of GROUPS.entries()) equal(await committed(cluster, group), 100 + i);
        await Promise.all(GROUPS.map((id) => initProducer(cluster, id)));
      },
    );
    await step("DELETE /topics/{topic} removes it for the next request", async () => {
      await http.ask("DELETE", "/topics/orders", { status: 204 });
      const names = await http.ask("GET", "/topics") as string[];
      deepEqual(names.filter((name) => !name.startsWith("__")), ["chaos"]);
    });
  }),
);

async function commit(cluster: Cluster, groupId: string, committedOffset: number): Promise<void> {
  const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: "" }];
  const answer = await cluster.askCoordinator("group", groupId, api.OffsetCommit, {
    groupId,
    memberId: "",
    topics: [{ name: "orders", partitions }],
  }, { maxVersion: 9, codeOf: ({ topics }) => topics[0]!.partitions[0]!.errorCode });
  equal(answer.topics[0]!.partitions[0]!.errorCode, 0);
}

async function committed(cluster: Cluster, groupId: string): Promise<number> {
  const answer = await cluster.askCoordinator("group", groupId, api.OffsetFetch, {
    groupId,
    topics: [{ name: "orders", partitionIndexes: [0] }],
    groups: [],
    requireStable: false,
  }, { maxVersion: 7, codeOf: ({ errorCode }) => errorCode });
  return answer.topics[0]!.partitions[0]!.committedOffset;
}

async function initProducer(cluster: Cluster, transactionalId: string): Promise<number> {
  const answer = await cluster.askCoordinator("transaction", transactionalId, api.InitProducerId, {
    transactionalId,
    transactionTimeoutMs: 10_000,
  }, { codeOf: ({ errorCode }) => errorCode });
  equal(answer.errorCode, 0);
  return answer.producerId;
}

interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** Writers that each write one record after the other, to partitions in turn, and keep what they were answered. */
class Writers {
  /** By the record's value: its place, or what was said instead. */
  readonly #outcomes = new Map<string, Place | string>();
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(gateway: MilenaProcess, count: number) {
    const { host, port } = gateway.http;
    const url = `http://${host}:${port}/topics/chaos/records`;
    this.#running = Array.from({ length: count }, (_, name) => this.#write(url, name));
  }

  async stop(): Promise<Map<string, Place | string>> {
    this.#stopped = true;
    await Promise.all(this.#running);
    return this.#outcomes;
  }

  async #write(url: string, name: number): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const value = `${name}-${i}`;
      const response = await fetch(`${url}?partition=${(name + i) % PARTITIONS}`, {
        method: "POST",
        body: value,
      });
      const answer = await response.json();
      this.#outcomes.set(value, response.ok ? answer : `${answer.message}`);
      await pause(5);
    }
  }
}

async function allRecords(http: HttpClient): Promise<(Place & { value: string })[]> {
  const all: (Place & { value: string })[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const path = `/topics/chaos/partitions/${partition}`;
    const { end_offset: end } = await http.ask("GET", `${path}/offsets`) as { end_offset: number };
    for (let offset = 0; offset < end;) {
      const records = await http.ask("GET", `${path}/records?offset=${offset}`) as typeof all;
      all.push(...records);
      offset = records.at(-1)!.offset + 1;
    }
  }
  return all;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
