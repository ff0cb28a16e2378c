/**
 * Apache Kafka's command-line tools of administration, that is the Java admin client 4.3, all in one Java machine.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";
import { targetOfThisFile } from "../support/target.ts";
import { quickGroups } from "./groups.ts";
import { closeJavaTools, javaNeeds, rows, startTool, tool, tryTool } from "./java_tools.ts";
import { kafkajsWriter } from "./kafkajs.ts";
import { kafkajsTransactions } from "./kafkajs_transactions.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
Deno.test.afterAll(closeJavaTools);
const needs = javaNeeds;
const server = () => ["--bootstrap-server", target.bootstrap];

/** Writes `count` records to partition 0. */
async function write(topic: string, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 0 };
  await kafkajsWriter.write(at, records, { codec: "none", acks: -1, idempotent: false });
}

/** What a consumer prints of what {@link write} has written. */
function linesOf(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => numberedRecord(index).value!);
  return lines.map((line) => `${new TextDecoder().decode(line)}\n`).join("");
}

testNeeding(
  needs,
  "Kafka's tools of topics, settings and records",
  stepwise(async (step) => {
    const topic = uniqueTopic("java-admin");
    const configs = (...args: string[]) => tool("kafka.admin.ConfigCommand", [...server(), ...args]);
    await step("kafka-topics describes a topic, and gives it more partitions", async () => {
      const topics = (...args: string[]) => tool("TopicCommand", [...server(), ...args, "--topic", topic]);
      await topics("--create", "--partitions", "2", "--config", "segment.bytes=2097152");
      const [first, ...others] = (await topics("--describe")).trim().split("\n");
      assert.match(first!, /PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: .*segment.bytes=2097152/);
      assert.match(others[1]!, /Partition: 1\s+Leader: (\d+)\s+Replicas: \1\s+Isr: \1/);
      await topics("--alter", "--partitions", "3");
      assert.match(await topics("--describe"), /PartitionCount: 3/);
      assert.equal(await topics("--describe", "--under-replicated-partitions"), "");
    });
    await step("kafka-configs adds, shows and deletes a topic's settings", async () => {
      await configs(
        "--alter",
        "--topic",
        topic,
        "--add-config",
        "cleanup.policy=[compact,delete],retention.ms=-1",
      );
      const described = await configs("--describe", "--topic", topic);
      assert.match(
        described,
        /cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete, DEFAULT_CONFIG:log.cleanup.policy=delete}/,
      );
      assert.match(described, /segment.bytes=2097152/);
      await configs("--alter", "--topic", topic, "--delete-config", "cleanup.policy");
      const all = await configs("--describe", "--topic", topic, "--all");
      assert.match(
        all,
        /cleanup.policy=delete sensitive=false synonyms={DEFAULT_CONFIG:log.cleanup.policy=delete}/,
      );
      assert.match(all, /retention.ms=-1 /);
      assert.match(
        await configs("--describe", "--entity-type", "topics"),
        new RegExp(`for topic ${topic} are`),
      );
    });
    await step("kafka-configs is refused a value that is none", async () => {
      const add = ["--alter", "--topic", topic, "--add-config", "retention.ms=long"];
      const { code, stdout, stderr } = await tryTool("kafka.admin.ConfigCommand", [...server(), ...add]);
      assert.equal(code, 1);
      assert.match(stdout + stderr, /InvalidConfigurationException/);
    });
    await step("kafka-configs shows all settings of the broker", async () => {
      const { 1: broker } = /Leader: (\d+)/.exec(
        await tool("TopicCommand", [...server(), "--describe", "--topic", topic]),
      )!;
      const all = await configs("--describe", "--broker", broker!, "--all");
      assert.match(all, /\n {2}num.partitions=1 sensitive=false/);
      assert.match(all, /\n {2}log.retention.hours=168 sensitive=false/);
    });
    await step("kafka-get-offsets shows where partitions end and begin", async () => {
      await write(topic, 100);
      const offsets = (time: string) =>
        tool("GetOffsetShell", [...server(), "--topic", topic, "--time", time]);
      assert.equal(await offsets("latest"), `${topic}:0:100\n${topic}:1:0\n${topic}:2:0\n`);
      assert.equal(await offsets("earliest"), `${topic}:0:0\n${topic}:1:0\n${topic}:2:0\n`);
      assert.equal(await offsets("earliest-local"), await offsets("earliest"));
      assert.match(await offsets(String(numberedRecord(42).timestamp)), new RegExp(`${topic}:0:42\n`));
    });
    await step("kafka-delete-records moves the beginning", async () => {
      const file = await Deno.makeTempFile({ suffix: ".json" });
      try {
        const partitions = [{ topic, partition: 0, offset: 42 }, { topic, partition: 1, offset: 1 }];
        await Deno.writeTextFile(file, JSON.stringify({ version: 1, partitions }));
        const said = await tool("DeleteRecordsCommand", [...server(), "--offset-json-file", file]);
        assert.match(said, new RegExp(`partition: ${topic}-0\tlow_watermark: 42`));
        assert.match(said, new RegExp(`partition: ${topic}-1\terror: .*OffsetOutOfRangeException`));
      } finally {
        await Deno.remove(file);
      }
    });
    await step("kafka-log-dirs shows each partition's size", async () => {
      const said = await tool("LogDirsCommand", [...server(), "--describe", "--topic-list", topic]);
      const { brokers: [broker] } = JSON.parse(said.trim().split("\n").at(-1)!);
      const [directory] = broker.logDirs;
      assert.equal(directory.error, null);
      const sizes: Record<string, number> = Object.fromEntries(
        directory.partitions.map((
          found: { partition: string; size: number },
        ) => [found.partition, found.size]),
      );
      assert.deepEqual(Object.keys(sizes).sort(), [0, 1, 2].map((partition) => `${topic}-${partition}`));
      assert.ok(sizes[`${topic}-0`]! > 1000 && sizes[`${topic}-1`] === 0, JSON.stringify(sizes));
    });
  }),
);

testNeeding(
  needs,
  "Kafka's tools of the cluster",
  stepwise(async (step) => {
    let apis = "";
    await step("kafka-broker-api-versions finds all usable that a client needs", async () => {
      apis = await tool("BrokerApiVersionsCommand", server());
      assert.match(apis, new RegExp(`^${target.bootstrap} \\(id: \\d+ rack: null`));
      for (
        const name of ["Produce", "Fetch", "JoinGroup", "ConsumerGroupHeartbeat", "EndTxn", "CreateTopics"]
      ) {
        assert.match(apis, new RegExp(`\\t${name}\\(\\d+\\): .*\\[usable: \\d+\\]`));
      }
    });
    await step("kafka-cluster shows its id and its one node", async () => {
      assert.match(await tool("ClusterTool", ["cluster-id", ...server()]), /^Cluster ID: \S+\n$/);
      const [node, ...others] = rows(await tool("ClusterTool", ["list-endpoints", ...server()]));
      assert.equal(`${node![1]}:${node![2]}`, target.bootstrap);
      assert.deepEqual(others, []);
    });
    await step("kafka-features describes the features that are finalized", async () => {
      const features = await tool("FeatureCommand", [...server(), "describe"]);
      assert.match(
        features,
        /Feature: metadata.version\s+SupportedMinVersion: \S+\s+SupportedMaxVersion: \S+/,
      );
      assert.match(features, /Feature: group.version .*FinalizedVersionLevel: 1/);
    });
    await step("kafka-leader-election and kafka-reassign-partitions have nothing to do", async () => {
      await tool("LeaderElectionCommand", [
        ...[...server(), "--election-type", "preferred", "--all-topic-partitions"],
      ]);
      const listed = await tool("reassign.ReassignPartitionsCommand", [...server(), "--list"]);
      assert.match(listed, /No partition reassignments found/);
    });
    await step("Kafka's own test of compatibility is content", async () => {
      // It makes a topic of that name.
      await tryTool("TopicCommand", [...server(), "--delete", "--topic", "newtopic"]);
      const supported = (feature: string, is: boolean) => [`--${feature}-supported`, String(is)];
      await tool("ClientCompatibilityTest", [
        ...[...server(), "--topic", await createTopic(target.bootstrap, "compatible", { partitions: 3 })],
        ...["--num-cluster-nodes", "1", "--expect-record-too-large-exception", "false"],
        ...["offsets-for-times", "cluster-id", "create-topics", "describe-configs", "idempotent-producer"]
          .flatMap((feature) => supported(feature, true)),
        ...supported("describe-acls", /DescribeAcls.*usable/.test(apis)),
      ]);
    });
  }),
);

for (const [protocol, assignor] of [["classic", "range"], ["consumer", "uniform"]] as const) {
  testNeeding(
    needs,
    `Kafka's tools of groups, group.protocol=${protocol}`,
    stepwise(async (step) => {
      const topic = await createTopic(target.bootstrap, "java-group", { partitions: 3 });
      await write(topic, 30);
      const group = uniqueTopic("group");
      const groups = (...args: string[]) =>
        tool("consumer.group.ConsumerGroupCommand", [...server(), ...args]);
      const ofGroup = (...args: string[]) => groups("--group", group, ...args);
      const offsets = async () =>
        (await rows(await ofGroup("--describe"))).map((row) => row.slice(1, 4).join(" ")).sort();
      await step("kafka-console-consumer reads as a member and commits", async () => {
        const consume = [
          ...[...server(), "--topic", topic, "--group", group, "--from-beginning", "--max-messages", "30"],
          ...["--timeout-ms", "20000", "--command-property", `group.protocol=${protocol}`],
        ];
        assert.equal(await tool("consumer.ConsoleConsumer", consume), linesOf(30));
        assert.deepEqual(await offsets(), [`${topic} 0 30`, `${topic} 1 0`, `${topic} 2 0`]);
      });
      const consumer = await startTool("VerifiableConsumer", [
        ...[...server(), "--topic", topic, "--group-id", group, "--group-protocol", protocol],
        ...["--reset-policy", "earliest", "--enable-autocommit"],
      ]);
      await step("kafka-consumer-groups lists it by state and type, and kafka-groups", async () => {
        const type = protocol === "classic" ? "Classic" : "Consumer";
        const find = (listed: string) => rows(listed).find(([name]) => name === group);
        for (let polls = 0; polls < 200; polls++) {
          if (find(await groups("--list", "--state"))?.[1] === "Stable") break;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        assert.deepEqual(find(await groups("--list", "--state", "--type")), [group, type, "Stable"]);
        assert.deepEqual(find(await groups("--list", "--state", "stable")), [group, "Stable"]);
        assert.equal(find(await groups("--list", "--state", "empty")), undefined);
        assert.deepEqual(find(await tool("GroupsCommand", [...server(), "--list"])), [
          group,
          type,
          "consumer",
        ]);
      });
      await step("kafka-consumer-groups describes its state, members and offsets", async () => {
        const [state] = rows(await ofGroup("--describe", "--state"));
        assert.equal(state![1], target.bootstrap);
        assert.deepEqual(state!.slice(3), [assignor, "Stable", "1"]);
        const [member, ...others] = rows(await ofGroup("--describe", "--members", "--verbose"));
        assert.deepEqual(others, []);
        assert.equal(member![2], "/127.0.0.1");
        assert.equal(member![6], `${topic}:0,1,2`);
        const found = rows(await ofGroup("--describe", "--offsets"));
        assert.deepEqual(found.map((row) => row.slice(2, 6).join(" ")).sort(), [
          "0 30 30 0",
          "1 0 0 0",
          "2 0 0 0",
        ]);
        assert.ok(found.every((row) => row[6] === member![1]), "each with its member");
      });
      await step("with a member it is neither deleted nor reset", async () => {
        assert.match(await ofGroup("--delete"), /GroupNotEmptyException/);
        assert.match(
          await ofGroup("--reset-offsets", "--to-earliest", "--all-topics", "--execute"),
          /is Stable/,
        );
      });
      await step("empty, its offsets are reset by number, by time and from a file", async () => {
        await consumer.stop();
        await ofGroup("--reset-offsets", "--shift-by", "-3", "--topic", `${topic}:0`, "--execute");
        assert.deepEqual(await offsets(), [`${topic} 0 27`, `${topic} 1 0`, `${topic} 2 0`]);
        const time = new Date(numberedRecord(11).timestamp).toISOString().replace("Z", "");
        const at = ["--reset-offsets", "--to-datetime", time, "--topic", `${topic}:0`];
        assert.equal((await ofGroup(...at, "--dry-run", "--export")).trim(), `${topic},0,11`);
        assert.equal((await offsets())[0], `${topic} 0 27`, "a dry run");
        const file = await Deno.makeTempFile({ suffix: ".csv" });
        try {
          await Deno.writeTextFile(file, `${topic},0,5\n`);
          await ofGroup("--reset-offsets", "--from-file", file, "--execute");
        } finally {
          await Deno.remove(file);
        }
        assert.equal((await offsets())[0], `${topic} 0 5`);
      });
      await step("its offsets are deleted by topic and partition", async () => {
        const [deleted] = rows(
          (await ofGroup("--delete-offsets", "--topic", `${topic}:1`)).split("\n\n")[1]!,
        );
        assert.deepEqual(deleted, [topic, "1", "Successful"]);
        assert.deepEqual(await offsets(), [`${topic} 0 5`, `${topic} 2 0`]);
      });
      await step("it is deleted", async () => {
        assert.match(await ofGroup("--delete"), /was successful/);
        assert.match(await ofGroup("--describe"), /GroupIdNotFoundException/);
        assert.match(await ofGroup("--delete"), /GroupIdNotFoundException/);
      });
    }),
  );
}

testNeeding(
  needs,
  "Kafka's tools of transactions",
  stepwise(async (step) => {
    const input = await createTopic(target.bootstrap, "input");
    const output = await createTopic(target.bootstrap, "output");
    const id = uniqueTopic("copier");
    const group = uniqueTopic("group");
    const transactions = (...args: string[]) => tool("TransactionsCommand", [...server(), ...args]);
    await write(input, 100);
    await step(
      "TransactionalMessageCopier copies a topic as a member of a group, some transactions aborted",
      async () => {
        const copy = [
          ...["--broker-list", target.bootstrap, "--input-topic", input, "--input-partition", "0"],
          ...["--output-topic", output, "--transactional-id", id, "--transaction-size", "7"],
          ...["--consumer-group", group, "--group-mode", "--use-group-metadata", "--enable-random-aborts"],
        ];
        const lines = (await tool("TransactionalMessageCopier", copy)).trim().split("\n");
        assert.equal(JSON.parse(lines.at(-1)!).remaining, 0);
      },
    );
    await step("kafka-console-consumer, read_committed, finds each record once", async () => {
      const consume = [
        ...[...server(), "--topic", output, "--from-beginning", "--isolation-level", "read_committed"],
        ...["--max-messages", "100", "--timeout-ms", "20000"],
      ];
      assert.equal(await tool("consumer.ConsoleConsumer", consume), linesOf(100));
    });
    await step("the group's offset is where the copy has ended", async () => {
      const described = await tool("consumer.group.ConsumerGroupCommand", [
        ...[...server(), "--describe", "--group", group],
      ]);
      assert.deepEqual(rows(described)[0]!.slice(0, 6), [group, input, "0", "100", "100", "0"]);
    });
    await step("kafka-transactions lists and describes it", async () => {
      const row = rows(await transactions("list")).find(([name]) => name === id);
      assert.equal(row![3], "CompleteCommit");
      const [described] = rows(await transactions("describe", "--transactional-id", id));
      assert.equal(described![1], id);
      assert.deepEqual(described!.slice(4, 6), ["CompleteCommit", "60000"]);
    });
    await step(
      "kafka-transactions shows one that is open, where it is and by whom, and no hanging one",
      async () => {
        const openId = uniqueTopic("open");
        const producer = await kafkajsTransactions.open(target.bootstrap, openId);
        await producer.begin();
        const endOffset = await tool("GetOffsetShell", [...server(), "--topic", output]);
        await producer.send({ topic: output, partition: 0 }, ["open"]);
        const [described] = rows(await transactions("describe", "--transactional-id", openId));
        assert.equal(described![4], "Ongoing");
        assert.equal(described!.at(-1), `${output}-0`);
        const producers = rows(
          await transactions("describe-producers", "--topic", output, "--partition", "0"),
        );
        const writing = producers.find(([producerId]) => producerId === described![2]);
        assert.equal(writing?.at(-1), endOffset.trim().split(":").at(-1), "where it begins");
        assert.equal(producers.find(([producerId]) => producerId !== described![2])?.at(-1), "None");
        const [node] = rows(await tool("ClusterTool", ["list-endpoints", ...server()]));
        assert.deepEqual(rows(await transactions("find-hanging", "--broker-id", node![0]!)), []);
        await producer.abort();
        await producer.close();
      },
    );
  }),
);
