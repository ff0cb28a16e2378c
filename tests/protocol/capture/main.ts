/**
 * Records `golden_frames.jsonl` anew: starts Apache Kafka 4.3 behind a relay, lets real clients do all that their
 * interfaces reach, keeps of each client, API and version one exchange, and has Kafka's own classes read them. It needs
 * Kafka (PEERS), Java and PyPI, and takes some minutes:
 *
 *     deno run -A tests/protocol/capture/main.ts [CLIENT ...]
 *
 * With clients named, the others' lines stay as they are.
 * @module
 */
import { fileURLToPath } from "node:url";
import { api, apis } from "../../../protocol/apis.ts";
import { pythonEnvironment } from "../../support/python_environment.ts";
import { runCommand } from "../../support/run_command.ts";
import {
  formatGoldenExchange,
  type GoldenExchange,
  goldenFramesPath,
  readGoldenExchanges,
  toBase64,
} from "../golden_frames.ts";
import type { Exchange } from "./exchange.ts";
import { runJava } from "./java.ts";
import { KafkaProcess } from "./kafka_process.ts";
import { Relay } from "./relay.ts";
import { useKafkajs } from "./use_kafkajs.ts";
import { usePlatformatic } from "./use_platformatic.ts";

/** Shows in the answer of DescribeLogDirs, and is Kafka's own default. */
const LOG_DIRECTORY = "/tmp/kafka-logs";
/** Requests and answers that are larger together are kept only if there are no others. */
const WANTED_BYTES = 1500;
/** Larger ones are not kept. */
const MAX_BYTES = 8000;

const clients: Readonly<Record<string, (bootstrap: string) => Promise<void>>> = {
  // First: it has the patience to wait for topics that Kafka makes for itself.
  java: async (bootstrap) => console.error(await runJava("JavaClients.java", [bootstrap])),
  kafkajs: useKafkajs,
  platformatic: usePlatformatic,
  "confluent-kafka": (bootstrap) => usePython("use_confluent.py", "confluent-kafka", bootstrap),
  aiokafka: (bootstrap) => usePython("use_aiokafka.py", "aiokafka", bootstrap),
  "kafka-python": (bootstrap) => usePython("use_kafka_python.py", "kafka-python", bootstrap),
};

async function usePython(script: string, name: string, bootstrap: string): Promise<void> {
  const { python, requirement: { missing } } = await pythonEnvironment(name);
  if (missing !== undefined) throw new Error(missing);
  const path = fileURLToPath(new URL(script, import.meta.url));
  console.error((await runCommand(python, [path, bootstrap], { timeoutMs: 300_000 })).stderr);
}

/** One exchange of each API and version, and one that wants no answer: the largest that is not too large. */
function choose(exchanges: readonly Exchange[]): Exchange[] {
  const size = ({ request, response }: Exchange) => request.length + (response?.length ?? 0);
  // Of others than Produce the answer was not waited for: the client had hung up.
  const whole = exchanges.filter((each) => each.response !== undefined || each.apiKey === api.Produce.key);
  const known = whole.filter((each) => apis.has(each.apiKey) && size(each) <= MAX_BYTES);
  const groups = Map.groupBy(
    known,
    ({ apiKey, version, response }) => `${apiKey} ${version} ${response !== undefined}`,
  );
  return [...groups.values()].map((group) => {
    const rank = (each: Exchange) => size(each) <= WANTED_BYTES ? size(each) : -size(each);
    return group.reduce((best, each) => rank(each) > rank(best) ? each : best);
  });
}

/** What Kafka's classes read in the exchanges. */
async function readByKafka(exchanges: readonly Exchange[]): Promise<GoldenExchange["read"][]> {
  const lines = exchanges.map(({ apiKey, version, request, response }) =>
    [apiKey, version, toBase64(request), response === undefined ? "-" : toBase64(response)].join(" ")
  );
  const stdin = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const read = await runJava("FrameReader.java", [], { stdin });
  return read.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** What passed between each client and Kafka. */
async function record(names: readonly string[]): Promise<Map<string, Exchange[]>> {
  const byClient = new Map<string, Exchange[]>();
  using relay = new Relay();
  const bootstrap = `localhost:${relay.port}`;
  await using kafka = await KafkaProcess.start({ directory: LOG_DIRECTORY, advertised: bootstrap });
  relay.upstream = { hostname: "127.0.0.1", port: kafka.port };
  for (const name of names) {
    const seen: Exchange[] = [];
    byClient.set(name, seen);
    relay.onExchange = (exchange) => seen.push(exchange);
    console.error(`--- ${name}`);
    await clients[name]!(bootstrap);
  }
  return byClient;
}

const names = Deno.args.length > 0 ? Deno.args : Object.keys(clients);
const chosen = [...await record(names)].flatMap(([client, exchanges]) =>
  choose(exchanges).map((exchange) => ({ client, ...exchange }))
);
const read = await readByKafka(chosen);
const kept = names.length < Object.keys(clients).length
  ? readGoldenExchanges().filter(({ client }) => !names.includes(client))
  : [];
const all = [...kept, ...chosen.map((exchange, index) => ({ ...exchange, read: read[index]! }))].sort(
  (a, b) => a.client.localeCompare(b.client) || a.apiKey - b.apiKey || a.version - b.version,
);
await Deno.writeTextFile(goldenFramesPath, all.map((each) => `${formatGoldenExchange(each)}\n`).join(""));
console.error(`${all.length} exchanges in ${goldenFramesPath}`);
// Some clients keep timers and sockets beyond their end.
Deno.exit(0);
