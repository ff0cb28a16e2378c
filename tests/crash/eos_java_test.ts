/**
 * Exactly once under fire by the Java client, which speaks the second version of the transaction protocol: Kafka's
 * TransactionalMessageCopier consumes, produces and commits offsets in small transactions, aborts some of its own accord, and goes
 * on while the broker is killed.
 * @module
 */
import assert from "node:assert/strict";
import { closeConfluent, confluentPackage, confluentRead, confluentWriter } from "../clients/confluent.ts";
import { numberedRecord } from "../clients/sample_records.ts";
import { createTopic } from "../clients/topic.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { javaTools, peersScript } from "../support/peers.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";

const RECORDS = 20_000;
const RECORDS_PER_TRANSACTION = 4;
const KILLS = 6;
const DONE_WITHIN_MS = 180_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

Deno.test.afterAll(closeConfluent);

testNeeding(
  [javaTools, confluentPackage],
  `the Java client copies each record exactly once, though the broker is killed ${KILLS} times`,
  async () => {
    const seed = testSeed();
    await using broker = await startMilena();
    const { bootstrap } = broker;
    const source = await createTopic(bootstrap, "eos-java-source");
    const target = await createTopic(bootstrap, "eos-java-target");
    const records = Array.from({ length: RECORDS }, (_, index) => numberedRecord(index));
    await confluentWriter.write({ bootstrap, topic: source, partition: 0 }, records, {
      codec: "none",
      acks: -1,
      idempotent: true,
    });
    await copyUnderFire(broker, { source, target, random: new SeededRandom(seed) });
    const [wanted, found] = await valuesOf(bootstrap, [source, target]);
    assert.deepEqual(found, wanted, `seed ${seed}`);
  },
);

async function copyUnderFire(
  broker: MilenaProcess,
  { source, target, random }: {
    readonly source: string;
    readonly target: string;
    readonly random: SeededRandom;
  },
): Promise<void> {
  const child = new Deno.Command(peersScript, {
    args: [
      ...["tool", "org.apache.kafka.tools.TransactionalMessageCopier", "--broker-list", broker.bootstrap],
      ...["--input-topic", source, "--input-partition", "0", "--output-topic", target],
      ...["--max-messages", String(RECORDS), "--transaction-size", String(RECORDS_PER_TRANSACTION)],
      ...["--consumer-group", source, "--transactional-id", source, "--enable-random-aborts"],
      ...["--group-mode", "--use-group-metadata"],
    ],
    env: { KAFKA_HEAP_OPTS: "-Xmx256M" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const timer = setTimeout(() => child.kill("SIGKILL"), DONE_WITHIN_MS);
  let isDone = false;
  const ended = child.status.finally(() => isDone = true);
  // The Java machine takes its time, and so does its consumer each time that it has lost its group's coordinator.
  await pause(4000);
  for (let kills = 0; kills < KILLS; kills++) {
    assert.ok(!isDone, `it was done before the broker was killed ${KILLS} times`);
    await broker.kill9();
    await broker.start();
    await pause(300 + random.below(1500));
  }
  const { code } = await ended;
  clearTimeout(timer);
  assert.equal(code, 0, (await said).map((text) => text.slice(-2000)).join("\n"));
}

/** Of what is committed in the only partition of each topic. */
async function valuesOf(bootstrap: string, topics: readonly string[]): Promise<string[][]> {
  const decoder = new TextDecoder();
  const read = await confluentRead(bootstrap, topics.map((topic) => ({ topic, partition: 0 })));
  return read.map((records) => records.map(({ value }) => decoder.decode(value!)));
}
