/**
 * Groups over HTTP in front of Apache Kafka: three brokers, of which one stops and comes back while pollers drain a topic by
 * leases. What a gateway says of a group is held against Kafka's own tool.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { drain } from "../support/lease_drain.ts";
import { GatewayApp } from "../support/gateway_app.ts";
import { KafkaCluster } from "../support/kafka_cluster.ts";
import { javaTool, javaTools } from "../support/peers.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";

testNeeding(
  [javaTools],
  "groups over HTTP in front of three brokers of Apache Kafka",
  stepwise(async (step) => {
    await using kafka = await KafkaCluster.start({
      brokerCount: 3,
      settings: { "min.insync.replicas": "2" },
    });
    const bootstrap = kafka.addresses;
    const seed = testSeed();

    await step(
      "a drain by leases goes on while a broker is away, and leaves no lag that Kafka's tool sees",
      async () => {
        await drain({
          bootstrap,
          random: new SeededRandom(seed),
          where: `seed ${seed}`,
          isCrashing: true,
          async disturb() {
            await kafka.stopBroker(3, "SIGTERM");
            await kafka.startBroker(3);
          },
        });
        const told = await javaTool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", [
          ...["--bootstrap-server", kafka.bootstrap],
          ...["--describe", "--group", "drainers"],
        ]);
        const lags = [...told.matchAll(/^drainers\s+drained\s+\d+\s+(\d+)\s+(\d+)\s+(\d+)/gm)];
        equal(lags.length, 5, told);
        deepEqual(lags.map(([, , , lag]) => lag), ["0", "0", "0", "0", "0"], told);
      },
    );

    await step("consumer instances share a topic, and keep polls of leases out", async () => {
      using app = new GatewayApp(bootstrap);
      await app.ask("PUT", "/topics/shared", { partitions: 4 }, 201);
      const assigned = async (name: string): Promise<number> =>
        (await app.ask("GET", `/consumers/g/instances/${name}/assignments`)).partitions.length;
      for (const name of ["a", "b"]) {
        await app.ask("POST", "/consumers/g", { name, format: "json", "auto.offset.reset": "earliest" });
        await app.ask("POST", `/consumers/g/instances/${name}/subscription`, { topics: ["shared"] }, 204);
      }
      await until(async () => await assigned("a") === 2 && await assigned("b") === 2);
      const records = [0, 1, 2, 3].map((partition) => ({ partition, value: partition }));
      await app.ask("POST", "/topics/shared", { records });
      const refused = await app.ask("POST", "/groups/g/topics/shared/poll", {}, 409);
      match(refused.message, /UNKNOWN_MEMBER_ID/);
      const seen: number[] = [];
      await until(async () => {
        for (const name of ["a", "b"]) {
          const response = await app.request(`/consumers/g/instances/${name}/records?timeout=200`);
          for (const { value } of await response.json()) seen.push(value);
        }
        return seen.length >= 4;
      });
      deepEqual(seen.sort(), [0, 1, 2, 3]);
      await app.ask("DELETE", "/consumers/g/instances/b", undefined, 204);
      await until(async () => await assigned("a") === 4);
      await app.ask("DELETE", "/consumers/g/instances/a", undefined, 204);
    });
  }),
);

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error("not within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
