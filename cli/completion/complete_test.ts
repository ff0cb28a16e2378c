import { deepEqual, equal } from "node:assert/strict";
import type { Command, FlagValues } from "../command.ts";
import { root } from "../commands.ts";
import { complete, type NameKind } from "./complete.ts";

let asked: { kind: string; bootstrap: string | undefined }[] = [];

const names: Readonly<Record<NameKind, readonly string[]>> = {
  topic: ["orders", "other", "payments"],
  group: ["readers", "writers"],
  topicConfig: ["retention.bytes", "retention.ms"],
  config: ["log.retention.ms"],
  clientConfig: ["client.id", "linger.ms"],
  brokerSetting: ["node.id", "num.partitions"],
};

function askNames(kind: NameKind, flags: FlagValues): Promise<readonly string[]> {
  asked.push({ kind, bootstrap: flags.text("bootstrap") });
  return Promise.resolve(names[kind]);
}

/** The words that come after `line`, whose last is completed: with a blank at its end a new one. */
async function after(line: string, tree: Command = root): Promise<string> {
  asked = [];
  const { candidates, otherwise } = await complete(tree, line.split(" ").slice(1), askNames);
  const words = candidates.map(({ word }) => word).join(" ");
  return otherwise === "none" ? words : `${words}<${otherwise}>`;
}

Deno.test("complete finds commands, and none that are hidden", async () => {
  equal(await after("milena topic "), "create list describe alter delete add-partitions");
  equal(await after("milena topic de"), "describe delete");
  equal(await after("milena __"), "");
  equal((await after("milena ")).split(" ").includes("__complete"), false);
  equal(await after("milena nonsense "), await after("milena "));
});

Deno.test("complete finds flags that may still come, with what they mean", async () => {
  equal(await after("milena topic list --in"), "--internal");
  equal(await after("milena topic list --internal --in"), "", "it is there already");
  equal(await after("milena topic list -i --in"), "", "so it is by its letter");
  equal(await after("milena topic create -c a=b --topic"), "--topic-config", "which may come again");
  equal(await after("milena topic list --he"), "--help");
  equal(await after("milena topic list -- --in"), "");
  equal((await after("milena cluster info ")).split(" ")[0], "--format", "where no words are wanted");
  const { candidates } = await complete(root, ["topic", "list", "--int"], askNames);
  deepEqual(candidates, [{ word: "--internal", summary: "the cluster's own topics, too" }]);
});

Deno.test("complete finds the values of flags", async () => {
  equal(await after("milena topic list --format "), "table json yaml");
  equal(await after("milena topic list --format j"), "json");
  equal(await after("milena topic list --format=j"), "--format=json");
  equal(await after("milena topic list --config-file "), "<files>");
  equal(await after("milena topic list --config-file=/e"), "<files>");
  equal(await after("milena serve --data-dir "), "<directories>");
  equal(await after("milena topic list --bootstrap "), "");
  equal(await after("milena config get --topic p"), "payments");
  equal(await after("milena config get -t p"), "payments");
  equal(await after("milena produce orders -z l"), "lz4");
  equal(await after("milena consume orders --format="), "--format=text --format=json --format=hex");
  equal(await after("milena perf produce --payload j"), "json-like");
});

Deno.test("complete asks the cluster that the line is about for topics and groups", async () => {
  equal(await after("milena topic describe o"), "orders other");
  deepEqual(asked, [{ kind: "topic", bootstrap: undefined }]);
  equal(await after("milena topic describe -b there:1 orders o"), "orders other");
  deepEqual(asked, [{ kind: "topic", bootstrap: "there:1" }]);
  equal(await after("milena topic describe -bthere:1 --format=json p"), "payments");
  deepEqual(asked, [{ kind: "topic", bootstrap: "there:1" }]);
  equal(await after("milena group describe "), "readers writers");
  equal(await after("milena group seek readers "), "", "which takes one");
  equal(await after("milena produce pay"), "payments");
  equal(await after("milena produce payments "), "<files>", "whose others are files");
  equal(await after("milena group seek readers --topics orders,p"), "orders,payments");
  equal(await after("milena group seek readers --topics=o"), "--topics=orders --topics=other");
  equal(await after("milena topic lis"), "list");
  deepEqual(asked, [], "nobody is asked without need");
});

Deno.test("complete finds names of settings, up to the equals sign", async () => {
  equal(await after("milena topic create orders -c retention."), "retention.bytes= retention.ms=");
  equal(await after("milena topic create orders -c retention.ms="), "", "the value is the user's");
  equal(await after("milena topic create orders --topic-config=retention.m"), "--topic-config=retention.ms=");
  equal(await after("milena topic alter orders -d retention.m"), "retention.ms");
  equal(await after("milena config get "), "log.retention.ms");
  equal(await after("milena config set log"), "log.retention.ms=");
  equal(await after("milena topic list -X cl"), "client.id=");
  equal(await after("milena serve --set num"), "num.partitions=");
});

Deno.test("complete finds the commands that help is about", async () => {
  equal(await after("milena help top"), "topic top");
  equal(await after("milena help topic add"), "add-partitions");
  equal(await after("milena help serve "), "");
});
