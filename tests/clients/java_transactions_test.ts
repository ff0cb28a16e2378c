/**
 * Transactions of the Java client, which by our features are those of the second version of the protocol (KIP-890), and Kafka's
 * tools that look at transactions and at what the broker keeps of them.
 * @module
 */
import assert from "node:assert/strict";
import { startMilena } from "../support/milena_process.ts";
import { javaTool, javaTools, peersScript, tryJavaTool } from "../support/peers.ts";
import { runCommand } from "../support/run_command.ts";
import { testNeeding } from "../support/requirement.ts";
import { closeConfluent, confluentPackage, confluentRead, confluentTransact } from "./confluent.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic } from "./topic.ts";

const RECORDS = 20_000;

Deno.test.afterAll(closeConfluent);

testNeeding(
  [javaTools, confluentPackage],
  "Java producers commit, each time with a new epoch, and Kafka's tools tell how far they are",
  async () => {
    await using broker = await startMilena();
    const { bootstrap } = broker;
    const topic = await createTopic(bootstrap, "java-transactions", { partitions: 2 });
    const server = ["--bootstrap-server", bootstrap];
    await javaTool("ProducerPerformance", [
      ...[
        "--topic",
        topic,
        "--num-records",
        String(RECORDS),
        "--record-size",
        "100",
        "--throughput",
        "20000",
      ],
      ...["--transactional-id", "java", "--transaction-duration-ms", "50", ...server],
    ]);
    const places = [0, 1].map((partition) => ({ topic, partition }));
    const read = await confluentRead(bootstrap, places);
    assert.equal(read.reduce((sum, { length }) => sum + length, 0), RECORDS);

    // A client of the first version beside it, whose transaction is left open by nobody.
    await confluentTransact({ bootstrap, topic, partition: 0 }, "first", [
      { outcome: "abort", records: [numberedRecord(0)] },
    ]);
    const list = await javaTool("TransactionsCommand", [...server, "list"]);
    assert.match(list, /java\s+1\s+\d+\s+CompleteCommit/);
    assert.match(list, /first\s+1\s+\d+\s+CompleteAbort/);
    const described = await javaTool("TransactionsCommand", [
      ...server,
      "describe",
      "--transactional-id",
      "java",
    ]);
    const epoch = Number(/java\s+\d+\s+(\d+)\s+CompleteCommit/.exec(described)?.[1]);
    assert.ok(epoch >= 5, `the epoch is ${epoch} after a second of transactions of 50 ms`);
    // The last transaction may have been in one of them only.
    let producers = "";
    for (const { partition } of places) {
      producers += await javaTool("TransactionsCommand", [
        ...[...server, "describe-producers", "--topic", topic, "--partition", String(partition)],
      ]);
    }
    assert.match(producers, new RegExp(`\\d+\\s+${epoch}\\s+\\d+\\s+-1\\s+\\d+\\s+None`));
    const hanging = await tryJavaTool("TransactionsCommand", [...server, "find-hanging", "--broker-id", "1"]);
    assert.equal(hanging.code, 0);
    const features = await javaTool("FeatureCommand", [...server, "describe"]);
    assert.match(features, /transaction\.version\s.*FinalizedVersionLevel: 2/);

    const state = `${broker.dataDirectory}/__transaction_state-${
      partitionOf("java")
    }/00000000000000000000.log`;
    const { stdout } = await runCommand(peersScript, [
      ...["tool", "org.apache.kafka.tools.DumpLogSegments", "--transaction-log-decoder", "--files", state],
    ], { environment: { KAFKA_HEAP_OPTS: "-Xmx256M" }, timeoutMs: 300_000 });
    const dumped = new TextDecoder().decode(stdout);
    assert.match(dumped, /"transactionalId":"java"/);
    for (const status of [0, 1, 2, 4]) assert.match(dumped, new RegExp(`"transactionStatus":${status},`));
    assert.match(dumped, /"clientTransactionVersion":2/);
    assert.doesNotMatch(dumped, /isvalid: false|could not/i);
  },
);

/** Java's String.hashCode, and as many partitions as Kafka's topic has. */
function partitionOf(id: string): number {
  let hash = 0;
  for (const char of id) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return Math.abs(hash) % 50;
}
