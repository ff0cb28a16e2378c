/**
 * Consumers side by side: this client in three ways, kafkajs, @platformatic/kafka. Each reads the same records of 100 bytes,
 * in a process of its own, in turns. `deno run -A bench/consumers/main.ts [--records N] [--rounds N] [--bootstrap HOST:PORT]`
 * @module
 */
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { createTopic } from "../../client/admin/topics.ts";
import { brokerAddress } from "../../client/config/cluster_of.ts";
import { Cluster } from "../../client/cluster.ts";
import { api } from "../../protocol/apis.ts";
import { type CompressionType, CompressionType as Codec } from "../../protocol/compression.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { startMilena } from "../../tests/support/milena_process.ts";
import { ways } from "./read.ts";

const PARTITIONS = 4;
const RECORDS_OF_BATCH = 148;
const BATCHES_OF_REQUEST = 40;

const { values: options } = parseArgs({
  options: {
    records: { type: "string", default: "2000000" },
    rounds: { type: "string", default: "3" },
    bootstrap: { type: "string" },
  },
});

async function fill(
  cluster: Cluster,
  topic: string,
  count: number,
  compression: CompressionType,
): Promise<number> {
  const value = new TextEncoder().encode(JSON.stringify({ id: 1, text: "as in the goals" }).padEnd(100));
  const records = Array.from({ length: RECORDS_OF_BATCH }, () => ({ timestamp: Date.now(), value }));
  const batch = encodeBatch(records, { compression });
  let written = 0;
  for (let request = 0; written < count; request++) {
    const index = request % PARTITIONS;
    for (let i = 0; i < BATCHES_OF_REQUEST; i++) {
      await Promise.all(Array.from({ length: 5 }, () =>
        cluster.askLeader(topic, index, api.Produce, {
          transactionalId: null,
          acks: 1,
          timeoutMs: 10_000,
          topicData: [{ name: topic, partitionData: [{ index, records: batch }] }],
        }, { maxVersion: 11, codeOf: ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode })));
      written += RECORDS_OF_BATCH * 5;
    }
  }
  return written;
}

const broker = options.bootstrap === undefined ? await startMilena() : undefined;
const bootstrap = options.bootstrap ?? broker!.bootstrap;
const cluster = new Cluster({ bootstrap: [brokerAddress(bootstrap)], clientId: "bench" });
try {
  for (const compression of [Codec.none, Codec.lz4]) {
    const topic = `bench-${crypto.randomUUID()}`;
    await createTopic(cluster, { name: topic, partitionCount: PARTITIONS });
    await cluster.awaitTopic(topic, true);
    const count = await fill(cluster, topic, Number(options.records), compression);
    console.log(
      `${count} records of 100 bytes in ${PARTITIONS} partitions, codec ${compression}, at ${bootstrap}`,
    );
    for (let round = 0; round < Number(options.rounds); round++) {
      const names = Object.keys(ways);
      for (const way of round % 2 === 0 ? names : names.reverse()) {
        // It reads gzip only.
        if (way === "kafkajs" && compression === Codec.lz4) continue;
        const { stdout, code } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "-A",
            "--no-check",
            fileURLToPath(new URL("read.ts", import.meta.url)),
            way,
            bootstrap,
            topic,
            String(count),
          ],
          stderr: "inherit",
        }).output();
        const said = new TextDecoder().decode(stdout).trim();
        console.log(
          code === 0
            ? `${JSON.parse(said).perSecond} records/s  ${way}`
            : `${way} ended with ${code}: ${said}`,
        );
      }
    }
  }
} finally {
  cluster.close();
  await broker?.[Symbol.asyncDispose]();
}
