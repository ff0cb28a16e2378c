/**
 * `deno task storm`: a rebalance storm over a broker of its own, or the one that --bootstrap names (Apache Kafka, for example,
 * which has to be started with short sessions then).
 *
 *     deno task storm [--members 200] [--partitions 400] [--seconds 60] [--protocol classic|consumer|both] [--seed N]
 * @module
 */
import { parseArgs } from "node:util";
import { startMilena } from "../support/milena_process.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { runStorm, stormSettings } from "./storm.ts";

const SETTLE_WITHIN_MS = 30_000;

const { values } = parseArgs({
  options: {
    members: { type: "string", default: "200" },
    partitions: { type: "string", default: "400" },
    seconds: { type: "string", default: "60" },
    protocol: { type: "string", default: "both" },
    bootstrap: { type: "string" },
    seed: { type: "string", default: String(testSeed()) },
  },
});

const broker = values.bootstrap === undefined ? await startMilena({ settings: stormSettings }) : undefined;
try {
  const [host, port] = (values.bootstrap ?? broker!.bootstrap).split(":") as [string, string];
  const protocols = values.protocol === "both" ? ["classic", "consumer"] as const : [values.protocol];
  for (const protocol of protocols) {
    if (protocol !== "classic" && protocol !== "consumer") {
      throw new Error(`--protocol is classic, consumer or both; found ${protocol}`);
    }
    console.log(`${protocol}: seed ${values.seed}`);
    const report = await runStorm({
      host,
      port: Number(port),
      protocol,
      memberCount: Number(values.members),
      partitionCount: Number(values.partitions),
      stormMs: Number(values.seconds) * 1000,
      settleWithinMs: SETTLE_WITHIN_MS,
      random: new SeededRandom(Number(values.seed)),
    });
    console.log(
      `${protocol}: ${report.joins} joined, ${report.leaves} left, ${report.vanished} vanished; ` +
        `${report.members} members settled in ${report.settledMs} ms, generation ${report.generation}`,
    );
  }
} finally {
  await broker?.[Symbol.asyncDispose]();
}
