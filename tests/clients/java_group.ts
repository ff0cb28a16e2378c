/**
 * The Java consumer in groups of both protocols: Kafka's VerifiableConsumer, which tells what it is given as lines of JSON.
 * @module
 */
import type { Assignor, GroupClient, GroupMember, JoinOptions } from "./group_client.ts";
import { javaNeeds, startTool } from "./java_tools.ts";
import { Seen } from "./seen.ts";

const classes: Partial<Record<Assignor, string>> = {
  "range": "RangeAssignor",
  "roundrobin": "RoundRobinAssignor",
  "cooperative-sticky": "CooperativeStickyAssignor",
};

interface Event {
  readonly name: string;
  readonly partitions?: readonly { readonly partition: number }[];
  readonly value?: string;
}

export const javaGroup: GroupClient = {
  name: "Java consumer",
  needs: javaNeeds,
  assignors: ["range", "roundrobin", "cooperative-sticky", "consumer: uniform", "consumer: range"],
  staticAssignor: "consumer: uniform",
  join,
};

async function join(
  { bootstrap, group, topic, assignor, instanceId, sessionTimeoutMs }: JoinOptions,
): Promise<GroupMember> {
  const config = await Deno.makeTempFile({ suffix: ".properties" });
  const [protocol, remoteAssignor] = assignor.split(": ");
  const isClassic = remoteAssignor === undefined;
  await Deno.writeTextFile(config, `fetch.max.wait.ms=50\n${isClassic ? "heartbeat.interval.ms=200\n" : ""}`);
  const consumer = await startTool("VerifiableConsumer", [
    ...["--bootstrap-server", bootstrap, "--topic", topic, "--group-id", group, "--command-config", config],
    ...["--verbose", "--enable-autocommit", "--reset-policy", "earliest"],
    ...instanceId === undefined ? [] : ["--group-instance-id", instanceId],
    ...isClassic
      ? ["--session-timeout", String(sessionTimeoutMs)].concat([
        "--assignment-strategy",
        `org.apache.kafka.clients.consumer.${classes[assignor]}`,
      ])
      : ["--group-protocol", protocol!, "--group-remote-assignor", remoteAssignor],
  ]);
  return {
    async state() {
      const { code, stdout, stderr } = await consumer.output();
      if (code !== -1) throw new Error(`VerifiableConsumer has ended: ${stderr}`);
      return replay(stdout);
    },
    async leave() {
      await consumer.stop();
      await Deno.remove(config);
    },
  };
}

/** What the lines until now come to. */
function replay(lines: string) {
  const seen = new Seen();
  // What follows the last end of line is not yet whole.
  for (const line of lines.split("\n").slice(0, -1)) {
    const { name, partitions = [], value }: Event = JSON.parse(line);
    const numbers = partitions.map(({ partition }) => partition);
    if (name === "partitions_assigned") seen.add(numbers);
    else if (name === "partitions_revoked" || name === "partitions_lost") seen.remove(numbers);
    else if (name === "record_data") seen.value(value!);
  }
  return seen.state();
}
