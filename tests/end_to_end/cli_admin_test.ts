/**
 * topic, group, config, cluster and records as they are typed, on a cluster: this broker, or the one that
 * MILENA_TEST_BOOTSTRAP names. The command line runs in this process, but where it takes a process of its own.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parse } from "yaml";
import { milena, type Outcome } from "../../cli/testing/milena.ts";
import type { Terminal } from "../../cli/command.ts";
import { Cluster } from "../../client/cluster.ts";
import { Consumer, Producer } from "../../client/mod.ts";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import type { ConsumerGroupHeartbeatRequest } from "../../protocol/messages/68_consumer_group_heartbeat.ts";
import { milenaProgram } from "../support/milena_process.ts";
import { Key, PseudoTerminal } from "../support/pseudo_terminal.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { tryCommand } from "../support/run_command.ts";
import { targetOfThisFile } from "../support/target.ts";

const target = targetOfThisFile({ settings: { "group.initial.rebalance.delay.ms": "0" } });

/** The line without the program's name; no word of it has blanks. */
async function run(line: string, terminal: Partial<Terminal> = {}): Promise<Outcome> {
  const environment = { MILENA_BOOTSTRAP: target.bootstrap };
  return await milena(line.split(" ").slice(1), { environment, ...terminal });
}

/** What it prints if it succeeds and complains of nothing. */
async function said(line: string): Promise<string> {
  const { code, out, err } = await run(line);
  deepEqual([code, err], [0, ""], line);
  return out;
}

/** The result for programs, which is the same as JSON and as YAML. */
// deno-lint-ignore no-explicit-any -- whatever the command tells
async function value(line: string): Promise<any> {
  return JSON.parse(await said(`${line} --format json`));
}

/** As `value`, of what changes nothing: so YAML can be asked for as well. */
// deno-lint-ignore no-explicit-any -- whatever the command tells
async function shown(line: string): Promise<any> {
  const json = await value(line);
  deepEqual(parse(await said(`${line} --format yaml`)), json, line);
  return json;
}

/** "1 milena: what it says, and on the second line if there is one" */
async function refusal(line: string, terminal: Partial<Terminal> = {}): Promise<string> {
  const { code, out, err } = await run(line, terminal);
  equal(out, "", line);
  return `${code} ${err.replace(/\nTry: .*/, "")}`;
}

/** Waits until it is so: Apache Kafka's brokers hear of their settings after the answer. */
async function becomes(look: () => Promise<string>, wanted: string): Promise<void> {
  let seen = await look();
  for (let tries = 0; seen !== wanted && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    seen = await look();
  }
  equal(seen, wanted);
}

/** Lines of a table as lists of words. */
function cells(table: string): string[][] {
  return table.split("\n").map((line) => line.trim().split(/ {2,}/));
}

async function write(topic: string, counts: readonly number[], firstTimestamp = Date.now()): Promise<void> {
  const producer = new Producer<string, string>({ "bootstrap.servers": target.bootstrap, sender: "inline" });
  await Promise.all(
    counts.flatMap((count, partition) =>
      Array.from(
        { length: count },
        (_, i) =>
          producer.send({ topic, partition, value: `record ${i}`, timestamp: firstTimestamp + i * 1000 }),
      )
    ),
  );
  await producer.close();
}

Deno.test("milena topic create makes topics with what flags say, and tells of each", async () => {
  equal(
    await said(
      "milena topic create made-a made-b -p 3 -r 1 -c retention.ms=3600000 --topic-config=segment.bytes=1048576",
    ),
    "TOPIC   STATUS\nmade-a  created\nmade-b  created",
  );
  const [topic] = await shown("milena topic describe made-b");
  deepEqual(
    topic.partitions.map(({ start, end, isr }: Record<string, unknown>) => [start, end, (isr as []).length]),
    [
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 1],
    ],
  );
  const configs = new Map(topic.configs.map(({ name, value }: Record<string, string>) => [name, value]));
  deepEqual([configs.get("retention.ms"), configs.get("segment.bytes")], ["3600000", "1048576"]);
  deepEqual(await value("milena topic create made-c -p 2"), [
    { topic: "made-c", status: "created", partitions: 2, replicas: 1 },
  ]);
  equal(await said("milena topic create made-d --dry-run"), "TOPIC   STATUS\nmade-d  could be created");
  match(
    await refusal("milena topic describe made-d"),
    /^1 milena: there is no topic "made-d"; did you mean made-/,
  );
});

Deno.test("milena topic create fails for a topic that is there, unless that is no failure", async () => {
  await said("milena topic create there");
  const { code, out } = await run("milena topic create there there-too");
  equal(code, 1);
  const [, ...rows] = cells(out);
  match(rows[0]!.join(" "), /^there TOPIC_ALREADY_EXISTS: .*exists/);
  deepEqual(rows[1], ["there-too", "created"]);
  deepEqual(await value("milena topic create there --if-not-exists"), [{ topic: "there", status: "exists" }]);
  const failed = await run("milena topic create there -c retention.ms=soon --format json");
  equal(failed.code, 1);
  equal(JSON.parse(failed.out)[0].status, "failed");
});

Deno.test("milena topic list shows topics, those that are named or those that match", async () => {
  await said("milena topic create list-a list-b -p 2");
  await write("list-a", [2, 1]);
  deepEqual(cells(await said("milena topic list list-a list-b")), [
    ["TOPIC", "PARTITIONS", "REPLICAS"],
    ["list-a", "2", "1"],
    ["list-b", "2", "1"],
  ]);
  deepEqual((await shown("milena topic list -r list-.*")).map(({ topic }: { topic: string }) => topic), [
    "list-a",
    "list-b",
  ]);
  const [a, b] = await shown("milena topic list -d -r list-.");
  deepEqual([a.offsets, b.offsets, b.size], [3, 0, 0]);
  ok(a.size > 0);
  match((await said("milena topic list -d list-a")).split("\n")[1]!, /^list-a +2 +1 +3 +\d+ bytes$/);
  const names = cells(await said("milena topic list")).map(([name]) => name);
  ok(names.includes("list-a") && !names.includes("__consumer_offsets"));
  match(
    await refusal("milena topic list list-c"),
    /^1 milena: there is no topic "list-c"; did you mean list-/,
  );
  match(await refusal("milena topic list -r ("), /^2 milena: "\(" is no regular expression: /);
});

Deno.test("milena topic describe shows partitions, offsets and what is not at its default", async () => {
  await said("milena topic create described -p 2 -c max.message.bytes=1000012");
  await write("described", [5, 0]);
  const text = await said("milena topic describe described");
  const [summary, partitions, configs] = text.split("\n\n");
  equal(summary, "topic       described\npartitions  2\nreplicas    1");
  const [headings, first, second] = cells(partitions!);
  deepEqual(headings, ["PARTITION", "LEADER", "REPLICAS", "ISR", "START", "END", "SIZE"]);
  deepEqual(first!.slice(4, 6), ["0", "5"]);
  deepEqual(second!.slice(4), ["0", "0", "0 bytes"]);
  ok(cells(configs!).some((row) => row.join() === "max.message.bytes,1000012,DYNAMIC_TOPIC_CONFIG"));
  const [all] = await shown("milena topic describe described --all-configs");
  ok(all.configs.length > 20);
  equal(
    cells(await said("milena topic describe described described")).length,
    cells(text).length,
    "once is enough",
  );
});

Deno.test("milena topic alter changes settings, all that are named or none", async () => {
  await said("milena topic create altered -c retention.ms=1000");
  const settings = async () => {
    const configs = await shown("milena config list --changed --topic altered");
    return configs
      .filter(({ source }: { source: string }) => source === "DYNAMIC_TOPIC_CONFIG")
      .map(({ name, value }: Record<string, string>) => `${name}=${value}`)
      .join(" ");
  };
  await said(
    "milena topic alter altered -s retention.ms=2000 --set segment.ms=5000 --append cleanup.policy=compact",
  );
  equal(await settings(), "cleanup.policy=delete,compact retention.ms=2000 segment.ms=5000");
  equal(
    await said("milena topic alter altered -d retention.ms --dry-run"),
    "TOPIC    STATUS\naltered  could be altered",
  );
  await said("milena topic alter altered -d retention.ms --subtract cleanup.policy=delete");
  equal(await settings(), "cleanup.policy=compact segment.ms=5000");
  const { code, out } = await run("milena topic alter altered -s segment.ms=9000 -s retention.ms=never");
  equal(code, 1);
  match(out, /INVALID_/);
  equal(await settings(), "cleanup.policy=compact segment.ms=5000");
  match(await refusal("milena topic alter altered"), /^2 milena: what is to change\?/);
  equal(
    await refusal("milena topic alter altered -s a=1 -d a"),
    "2 milena: a is to change in two ways at once",
  );
});

Deno.test("milena topic add-partitions adds to what there is", async () => {
  await said("milena topic create grown -p 2");
  equal(
    await said("milena topic add-partitions grown -n 3 --dry-run"),
    "TOPIC  STATUS\ngrown  2 → 5 partitions could be",
  );
  deepEqual(await value("milena topic add-partitions grown -n 3"), [
    { topic: "grown", status: "2 → 5 partitions", before: 2, partitions: 5 },
  ]);
  equal((await shown("milena topic list grown"))[0].partitions, 5);
  match(await refusal("milena topic add-partitions grown"), /^2 milena: how many\?/);
  match(
    await refusal("milena topic add-partitions grown -n 0"),
    /^2 milena: --num is "0", but must be a whole number/,
  );
});

Deno.test("milena topic delete asks, and does nothing without a yes", async () => {
  await said("milena topic create gone-a gone-b gone-c");
  const questions: string[] = [];
  const ask = (answer: string) => ({
    ask(question: string) {
      questions.push(question);
      return answer;
    },
  });
  equal(
    await refusal("milena topic delete gone-a", ask("no")),
    "1 milena: it was not confirmed, and nothing is done",
  );
  match(
    await refusal("milena topic delete gone-a"),
    /^2 milena: delete topic gone-a and all records\? Nobody is here/,
  );
  deepEqual(questions, ["milena: delete topic gone-a and all records? [y/N] "]);
  equal((await run("milena topic delete gone-a", ask("y"))).out, "TOPIC   STATUS\ngone-a  deleted");
  equal((await run("milena topic delete -r gone-.*", ask("YES"))).code, 0);
  match(questions.at(-1)!, /delete 2 topics \(gone-b, gone-c\) and all records/);
  match(await refusal("milena topic delete -r gone-.* -y"), /^1 milena: no topic has a name like gone-\.\*/);
  match(await refusal("milena topic delete gone-a -y"), /^1 milena: there is no topic "gone-a"/);
  equal(await refusal("milena topic delete"), "2 milena: which? It wants the name of a topic, or several");
});

testNeeding([program("python3")], "milena topic delete asks on a terminal", async () => {
  await said("milena topic create asked-about");
  const [file, ...args] = milenaProgram();
  const line = [...args, "topic", "delete", "asked-about", "-b", target.bootstrap];
  {
    await using terminal = new PseudoTerminal(file, line);
    await terminal.waitFor("[y/N]");
    await terminal.send(Key.ENTER);
    equal(await terminal.exitCode(), 1);
  }
  await using terminal = new PseudoTerminal(file, line);
  await terminal.waitFor("milena: delete topic asked-about and all records? [y/N]");
  await terminal.send(`y${Key.ENTER}`);
  await terminal.waitFor(/asked-about +deleted/);
  ok(
    terminal.written.includes("\x1b[1mTOPIC        STATUS\x1b[0m"),
    "headings are bold where somebody looks",
  );
  equal(await terminal.exitCode(), 0);
});

Deno.test("milena group list and describe show who has committed what", async () => {
  await said("milena topic create read-a read-b -p 2");
  await write("read-a", [10, 5]);
  await said("milena group seek idlers --to 4 --topics read-a,read-b --allow-new-topics");
  const [listed] = (await shown("milena group list")).filter(({ group }: { group: string }) =>
    group === "idlers"
  );
  deepEqual({ ...listed, coordinator: 0 }, {
    group: "idlers",
    state: "Empty",
    type: "classic",
    coordinator: 0,
  });
  const [summary, partitions] = (await said("milena group describe idlers")).split("\n\n");
  match(
    summary!,
    /^group +idlers\nstate +Empty\ntype +classic\ncoordinator +\d+\nassignor +-\nmembers +0\nlag +7$/,
  );
  deepEqual(cells(partitions!), [
    ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "CLIENT", "HOST"],
    ["read-a", "0", "4", "10", "6", "-", "-", "-"],
    ["read-a", "1", "4", "5", "1", "-", "-", "-"],
    ["read-b", "0", "0", "0", "0", "-", "-", "-"],
    ["read-b", "1", "0", "0", "0", "-", "-", "-"],
  ]);
  const [{ lag, members, partitions: none }] = await shown("milena group describe -s idlers");
  deepEqual([lag, members, none], [7, 0, undefined]);
  equal(
    await refusal("milena group describe idelrs"),
    '1 milena: there is no group "idelrs"; did you mean idlers?',
  );
});

Deno.test("milena group seek shows before and after, and stays within partitions", async () => {
  await said("milena topic create sought -p 2");
  await write("sought", [10, 3], Date.parse("2026-01-01T00:00:00Z"));
  const seek = async (rest: string) =>
    (await value(`milena group seek seekers ${rest}`))
      .map(({ before, after, lag }: Record<string, number | null>) => `${before}>${after}(${lag})`).join(" ");
  equal(await seek("--to start -t sought --allow-new-topics"), "null>0(10) null>0(3)");
  equal(await seek("--to end"), "0>10(0) 0>3(0)");
  equal(await seek("--to -4"), "10>6(4) 3>0(3)");
  equal(await seek("--to +1 --topics sought"), "6>1(9) 0>1(2)");
  equal(await seek("--to 1000"), "1>10(0) 1>3(0)");
  equal(await seek("--to 2026-01-01T00:00:02Z"), "10>2(8) 3>2(1)");
  equal(await seek("--to @1767225601000"), "2>1(9) 2>1(2)", "2026-01-01T00:00:01Z");
  const { code, out, err } = await run("milena group seek seekers --to end --dry-run");
  deepEqual([code, err], [0, "milena: a dry run: nothing is changed"]);
  deepEqual(cells(out), [
    ["TOPIC", "PARTITION", "BEFORE", "AFTER", "LAG"],
    ["sought", "0", "1", "10", "0"],
    ["sought", "1", "1", "3", "0"],
  ]);
  equal(await seek("--to start"), "1>0(10) 1>0(3)");
});

Deno.test("milena group seek makes no group and no topic of a slip of the finger", async () => {
  await said("milena topic create slip-a slip-b");
  await said("milena group seek slippers --to end -t slip-a --allow-new-topics");
  equal(
    await refusal("milena group seek slipers --to end"),
    '1 milena: there is no group "slipers"; did you mean slippers?',
  );
  match(
    await refusal("milena group seek slippers --to end -t slip-b"),
    /^1 milena: group slippers has committed nothing of slip-b: --allow-new-topics/,
  );
  match(
    await refusal("milena group seek slippers --to end -t slip-x"),
    /^1 milena: there is no topic "slip-x"/,
  );
  match(await refusal("milena group seek slippers"), /^2 milena: where to\?/);
  match(
    await refusal("milena group seek slippers --to beginning"),
    /^2 milena: --to is "beginning", but must be/,
  );
});

for (const join of [joinClassic, joinNew]) {
  Deno.test(`milena group seek and delete leave a group alone that has members (${join.name})`, async () => {
    const [topic, id] = [`lively-${join.name}`, `livers-${join.name}`];
    await said(`milena topic create ${topic} -p 2`);
    await write(topic, [3, 3]);
    const { leave, type, assignor } = await join(id, topic);
    const [group] = await shown(`milena group describe ${id}`);
    deepEqual([group.state, group.type, group.assignor, group.members.length], ["Stable", type, assignor, 1]);
    equal(group.members[0].client, "lively-client");
    deepEqual(
      group.partitions.map(({ partition, committed, end, member }: Record<string, unknown>) => {
        return [partition, committed, end, member === group.members[0].member];
      }),
      [[0, null, 3, true], [1, null, 3, true]],
    );
    match(
      await refusal(`milena group seek ${id} --to start -t ${topic} --allow-new-topics`),
      /^1 milena: group livers-\w+ has 1 member, who would go on from where they are: stop them first$/,
    );
    const { code, out } = await run(`milena group delete ${id} --yes`);
    equal(code, 1);
    match(out, /^livers-\w+ +NON_EMPTY_GROUP: /m);
    await leave();
    const [sought] = await value(`milena group seek ${id} --to end -t ${topic} --allow-new-topics`);
    deepEqual([sought.before, sought.after], [null, 3]);
    match(
      await refusal(`milena group delete ${id}`),
      /^2 milena: delete group livers-\w+ and what was committed\?/,
    );
    equal(
      await said(`milena group delete ${id} --yes`),
      `${"GROUP".padEnd(id.length)}  STATUS\n${id}  deleted`,
    );
    match(await refusal(`milena group delete ${id} --yes`), /^1 milena: there is no group "livers-/);
  });
}

interface Joined {
  readonly type: string;
  readonly assignor: string;
  leave(): Promise<void>;
}

async function joinClassic(groupId: string, topic: string): Promise<Joined> {
  const consumer = new Consumer({
    "bootstrap.servers": target.bootstrap,
    "client.id": "lively-client",
    "group.id": groupId,
    "auto.offset.reset": "earliest",
    "enable.auto.commit": false,
  });
  consumer.subscribe([topic]);
  for (let count = 0; count < 6;) count += (await consumer.poll({ timeoutMs: 10_000 })).length;
  return { type: "classic", assignor: "range", leave: () => consumer.close() };
}

/** A member of KIP-848, as far as a broker sees one. */
async function joinNew(groupId: string, topic: string): Promise<Joined> {
  const [host, port] = target.bootstrap.split(",")[0]!.split(":");
  const cluster = new Cluster({
    bootstrap: [{ host: host!, port: Number(port) }],
    clientId: "lively-client",
  });
  const beat = (fields: Partial<InputOf<typeof ConsumerGroupHeartbeatRequest>>) => {
    const body = { groupId, memberId: "lively-member", memberEpoch: 0, ...fields };
    const codeOf = ({ errorCode }: { readonly errorCode: number }) => errorCode;
    return cluster.askCoordinator("group", groupId, api.ConsumerGroupHeartbeat, body, { codeOf });
  };
  let { memberEpoch, assignment } = await beat({
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: [topic],
    topicPartitions: [],
  });
  for (let tries = 0; tries < 100 && !assignment?.topicPartitions.length; tries++) {
    ({ memberEpoch, assignment } = await beat({ memberEpoch }));
  }
  await beat({ memberEpoch, topicPartitions: assignment!.topicPartitions.map((one) => ({ ...one })) });
  return {
    type: "consumer",
    assignor: "uniform",
    async leave() {
      await beat({ memberEpoch: -1 });
      cluster.close();
    },
  };
}

Deno.test("milena config sets, gets and unsets what a topic, a broker and the cluster go by", async () => {
  await said("milena topic create configured");
  equal(
    await said("milena config set retention.ms=5000 segment.ms=7000 -t configured"),
    "CONFIG        STATUS\nretention.ms  set\nsegment.ms    set",
  );
  equal(await said("milena config get retention.ms -t configured"), "5000");
  deepEqual(cells(await said("milena config get retention.ms segment.ms -t configured")), [
    ["CONFIG", "VALUE", "SOURCE"],
    ["retention.ms", "5000", "DYNAMIC_TOPIC_CONFIG"],
    ["segment.ms", "7000", "DYNAMIC_TOPIC_CONFIG"],
  ]);
  await said("milena config unset retention.ms --topic configured");
  equal(await said("milena config get retention.ms -t configured"), "604800000");

  const [{ broker }] = (await shown("milena cluster info")).brokers;
  const ofBroker = async () => {
    const { value: set, source } = await value(`milena config get log.retention.ms --broker ${broker}`);
    return `${set} ${source}`;
  };
  await said("milena config set log.retention.ms 3600000");
  await becomes(ofBroker, "3600000 DYNAMIC_DEFAULT_BROKER_CONFIG");
  equal(await said("milena config get log.retention.ms"), "3600000");
  equal(
    await said("milena config get retention.ms -t configured"),
    "3600000",
    "which the topic has from its broker",
  );
  await said(`milena config set log.retention.ms=7200000 --broker ${broker}`);
  await becomes(ofBroker, "7200000 DYNAMIC_BROKER_CONFIG");
  await said(`milena config unset log.retention.ms --broker ${broker}`);
  await becomes(ofBroker, "3600000 DYNAMIC_DEFAULT_BROKER_CONFIG");
  await said("milena config set log.retention.ms=1000 --dry-run");
  const changed = await said("milena config list --changed");
  match(changed, /^log\.retention\.ms +3600000 +DYNAMIC_DEFAULT_BROKER_CONFIG$/m);
  ok(cells(await said("milena config list")).length > cells(changed).length + 50);
  await said("milena config unset log.retention.ms");
});

Deno.test("milena config says what is no setting, and what can't be one", async () => {
  await said("milena topic create refusing");
  equal(
    await refusal("milena config get retention.mss -t refusing"),
    '1 milena: topic refusing has no setting "retention.mss"; did you mean retention.ms?',
  );
  match(
    await refusal("milena config set retention.ms=soon -t refusing"),
    /^1 milena: alter the configs of topic refusing: INVALID_/,
  );
  match(
    await refusal("milena config set retention.ms -t refusing"),
    /^2 milena: a setting is "retention.ms", but must be KEY=VALUE/,
  );
  match(
    await refusal("milena config get retention.ms -t refusin"),
    /^1 milena: there is no topic "refusin"; did you mean refusing\?/,
  );
  match(await refusal("milena config list -t refusing --broker 1"), /^2 milena: --topic or --broker/);
  match(
    await refusal("milena config list --broker one"),
    /^2 milena: --broker is "one", but must be a whole number/,
  );
  match(await refusal("milena config list --broker 999"), /^1 milena: the cluster has no broker 999/);
});

Deno.test("milena cluster info, brokers and health tell who is there and whether all is well", async () => {
  await said("milena topic create clustered -p 3");
  const info = await shown("milena cluster info");
  const [{ broker, host, port }] = info.brokers;
  match(`${host}:${port}`, /^127\.0\.0\.1:\d+$/);
  equal(info.brokers.length, 1);
  ok(info.topics > 0 && info.partitions >= 3);
  match(
    await said("milena cluster info"),
    new RegExp(`^cluster +${info.cluster}\ncontroller +${broker}\nbrokers +1\n`),
  );
  const [row] = await shown("milena cluster brokers");
  deepEqual([row.broker, row.controller, row.leads], [broker, true, info.partitions]);
  equal(row.replicas, info.partitions);
  deepEqual(await shown("milena cluster health"), {
    healthy: true,
    controller: broker,
    brokers: [broker],
    brokersDown: [],
    leaderless: [],
    underReplicated: [],
    problems: [],
  });
  match(await said("milena cluster health"), /^healthy +yes\n/);
});

Deno.test("milena cluster logdirs adds up by directory, topic and partition", async () => {
  await said("milena topic create sized -p 2");
  await write("sized", [100, 1]);
  const ofTopic = (rows: { topic: string; size: number }[]) => rows.filter(({ topic }) => topic === "sized");
  const [directory] = await value("milena cluster logdirs");
  ok(directory.total > directory.free && directory.size > 0 && directory.error === null);
  const [whole] = ofTopic(await shown("milena cluster logdirs --by topic"));
  const parts = ofTopic(await shown(`milena cluster logdirs --by partition --broker ${directory.broker}`));
  equal(parts.length, 2);
  ok(parts[0]!.size > parts[1]!.size, "the largest first");
  equal(parts[0]!.size + parts[1]!.size, whole!.size);
  match(
    await refusal("milena cluster logdirs --by disk"),
    /^2 milena: --by is "disk", but must be one of directory, topic, partition/,
  );
  match(
    await refusal("milena cluster logdirs --broker 999"),
    /^1 milena: there is no broker "999"; there are \d+$/,
  );
});

Deno.test("milena records delete moves the start of partitions, once it is confirmed", async () => {
  await said("milena topic create shrunk -p 3");
  await write("shrunk", [10, 5, 0], Date.parse("2026-01-01T00:00:00Z"));
  const starts = async () => {
    const [topic] = await value("milena topic describe shrunk");
    return topic.partitions.map(({ start }: { start: number }) => start).join();
  };
  let question = "";
  const ask = (text: string) => {
    question = text;
    return "n";
  };
  match(await refusal("milena records delete shrunk --before 4", { ask }), /^1 milena: it was not confirmed/);
  equal(question, "milena: delete 8 offsets of 3 partitions of shrunk? [y/N] ");
  match(await refusal("milena records delete shrunk --before 4"), /^2 milena: delete 8 offsets .*--yes/);
  const { out, err } = await run("milena records delete shrunk --before 4 --dry-run");
  equal(err, "milena: a dry run: nothing is changed");
  deepEqual(cells(out), [
    ["TOPIC", "PARTITION", "BEFORE", "AFTER", "END"],
    ["shrunk", "0", "0", "4", "10"],
    ["shrunk", "1", "0", "4", "5"],
    ["shrunk", "2", "0", "0", "0"],
  ]);
  equal(await starts(), "0,0,0");
  await said("milena records delete shrunk --before 2026-01-01T00:00:02Z --partition 0,2 -y");
  equal(await starts(), "2,0,0");
  await said("milena records delete shrunk --before -3 -y");
  equal(await starts(), "7,2,0");
  await said("milena records delete shrunk --before 2");
  equal(await starts(), "7,2,0", "nothing is asked where nothing goes");
  match(
    await refusal("milena records delete shrunk --before 2 -p 3"),
    /^1 milena: shrunk has no partition 3: it has 3 partitions/,
  );
  match(
    await refusal("milena records delete shrunk --before 2 -p 0,x"),
    /^2 milena: --partition has "x", but must be partition numbers such as 0,2,5-7/,
  );
});

Deno.test("a cluster that can't be reached is one sentence and exit code 1", async () => {
  const away =
    /^1 milena: no connection to a broker at 127\.0\.0\.1:1: .*refused.*; "milena serve" starts a broker, --bootstrap HOST:PORT names another$/;
  const lines = ["topic list", "group list", "config list", "cluster health", "topic create x"];
  const [several, ...each] = await Promise.all([
    refusal("milena topic list -b 127.0.0.1:1,127.0.0.1:2"),
    ...lines.map((line) => refusal(`milena ${line} -b 127.0.0.1:1`)),
  ]);
  for (const one of each) match(one, away);
  match(several, /^1 milena: none of 127\.0\.0\.1:1, 127\.0\.0\.1:2 answers: /);
  match(
    await refusal("milena topic list -b nowhere"),
    /^2 milena: "bootstrap.servers" has "nowhere", but wants HOST:PORT/,
  );
  match(
    await refusal("milena topic list -X clientid=x"),
    /^2 milena: an admin has no config "clientid"; did you mean client\.id\?/,
  );
  match(await refusal("milena topic list --format jsn"), /^2 milena: --format is "jsn".*did you mean json\?/);
});

Deno.test("the program's processes have the exit codes of their commands, and end cleanly when nobody reads", async () => {
  const [file, ...args] = milenaProgram();
  const process = (...words: string[]) =>
    tryCommand(file, [...args, ...words], {
      environment: { MILENA_BOOTSTRAP: target.bootstrap, NO_COLOR: "1" },
      timeoutMs: 20_000,
    });
  const [listed, refused, misused, away] = await Promise.all([
    process("topic", "list", "--format", "json"),
    process("topic", "describe", "nonsense"),
    process("topic", "describe"),
    process("topic", "list", "-b", "127.0.0.1:1"),
  ]);
  deepEqual([listed!.code, listed!.stderr], [0, ""]);
  ok(Array.isArray(JSON.parse(new TextDecoder().decode(listed!.stdout))));
  deepEqual([refused!.code, refused!.stderr], [1, 'milena: there is no topic "nonsense"\n']);
  deepEqual([misused!.code, misused!.stderr.split("\n")[1]], [2, "Try: milena topic describe --help"]);
  equal(away!.code, 1);
  const command = [file, ...args].map((word) => `'${word}'`).join(" ");
  const piped = await tryCommand("bash", [
    "-c",
    `${command} config list -b ${target.bootstrap} | head -n 1; echo \${PIPESTATUS[0]}`,
  ]);
  match(new TextDecoder().decode(piped.stdout), /^CONFIG +VALUE +SOURCE\n0\n$/);
  equal(piped.stderr, "");
});
