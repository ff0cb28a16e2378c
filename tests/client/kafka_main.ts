/**
 * `deno task test:client-kafka [more arguments of deno test]`: the suite of this folder against Apache Kafka, which is
 * started for it and stopped afterwards. What passes there describes Kafka, so it must pass against Milena too.
 * @module
 */
import { fileURLToPath } from "node:url";
import { quickGroups } from "../clients/groups.ts";
import { KafkaCluster } from "../support/kafka_cluster.ts";

const settings = { ...quickGroups, "auto.create.topics.enable": "false" };

await using kafka = await KafkaCluster.start({ brokerCount: 1, settings });
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["test", "-A", "--parallel", ...Deno.args, fileURLToPath(new URL("./", import.meta.url))],
  env: { MILENA_TEST_BOOTSTRAP: kafka.bootstrap, DENO_JOBS: "3" },
  stdin: "null",
}).spawn().status;
Deno.exitCode = code;
