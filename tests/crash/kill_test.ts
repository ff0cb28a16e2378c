/**
 * Brokers that are killed, stopped and frozen in the middle of a load of our own, at full speed, idempotent and not. Every
 * acknowledged record must be there afterwards, once and in order. The seed is printed; MILENA_TEST_SEED has a run again,
 * MILENA_TEST_KILLS makes it longer. Real clients are in clients_test.ts.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { assertKafkaCanRead, partitionFiles } from "../support/log_files.ts";
import { type MilenaOptions, type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { javaTools } from "../support/peers.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { History } from "./history.ts";
import { Load } from "./load.ts";
import { checkLog } from "./log_reader.ts";

const topic = "load";
const partitionCount = 4;
const kills = Number(Deno.env.get("MILENA_TEST_KILLS") ?? 12);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function connect(broker: MilenaProcess): Promise<Connection> {
  return Connection.connect({ address: broker.kafka, clientId: "load" });
}

/** Three idempotent producers and one that is not, each with a partition of its own. */
function makeLoads(history: History): Load[] {
  return Array.from(
    { length: partitionCount },
    (_, partition) =>
      new Load({ topic, partition, idempotent: partition < 3, acks: partition === 1 ? 1 : -1 }, history),
  );
}

async function createTopic(broker: MilenaProcess): Promise<void> {
  using connection = await connect(broker);
  // Small segments: kills meet rolls, and recovery meets several segments.
  const configs = [{ name: "segment.bytes", value: String(1024 * 1024) }];
  const topics = [{
    name: topic,
    numPartitions: partitionCount,
    replicationFactor: 1,
    assignments: [],
    configs,
  }];
  const created = await connection.request(api.CreateTopics, { topics, timeoutMs: 5000 });
  assert.equal(created.topics[0]!.errorCode, 0);
}

/** Lets all loads run, each on a connection of its own, until `end` is done; then until they have stopped. */
async function runLoads(
  broker: MilenaProcess,
  loads: readonly Load[],
  end: () => Promise<void>,
): Promise<void> {
  const connections = await Promise.all(loads.map(() => connect(broker)));
  try {
    const stop = new AbortController();
    const running = Promise.all(loads.map((load, index) => load.run(connections[index]!, stop.signal)));
    running.catch(() => {}); // it is awaited below, after what \`end\` does
    await end();
    stop.abort();
    await running;
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function checkHistory(broker: MilenaProcess, history: History): Promise<void> {
  await checkLog({ address: broker.kafka, topic, partitionCount }, history);
}

/** Runs `body` with a broker; a failure tells the seed and what the broker said. */
async function withBroker(
  options: MilenaOptions,
  body: (broker: MilenaProcess, random: SeededRandom) => Promise<void>,
) {
  const seed = testSeed();
  await using broker = await startMilena(options);
  try {
    await createTopic(broker);
    await body(broker, new SeededRandom(seed));
  } catch (error) {
    const said = broker.stderr.slice(-3000);
    throw new Error(`MILENA_TEST_SEED=${seed} has this run again; the broker said:\n${said}`, {
      cause: error,
    });
  }
}

async function killAgainAndAgain(rounds: number, broker: MilenaProcess, random: SeededRandom): Promise<void> {
  const history = new History();
  const loads = makeLoads(history);
  for (let round = 0; round < rounds; round++) {
    await runLoads(broker, loads, async () => {
      await pause(20 + random.below(300));
      await broker.kill9();
    });
    // Every fourth time it is killed again while it comes up: in the middle of recovery, if that takes so long.
    while (random.below(4) === 0) {
      const starting = broker.start().catch(() => {});
      await pause(random.below(500));
      await broker.kill9();
      await starting;
    }
    await broker.start();
    await checkHistory(broker, history);
  }
  const { acknowledged } = history.figures;
  assert.ok(acknowledged > 100 * rounds, `only ${acknowledged} records in ${rounds} rounds: no load`);
  // And it goes on as if nothing had been.
  await runLoads(broker, loads, () => pause(100));
  await checkHistory(broker, history);
  history.checkPhantoms();
  history.assertSound();
}

const options = { sanitizeOps: false, sanitizeResources: false };

for (const writeMode of ["pwrite", "mmap"]) {
  const rounds = Math.ceil(kills / 2);
  Deno.test({
    ...options,
    name:
      `kill -9 in the middle of a load, ${rounds} times, loses, doubles and reorders nothing acknowledged, with ${writeMode}`,
    fn: () =>
      withBroker({ settings: { "log.write.mode": writeMode } }, async (broker, random) => {
        await killAgainAndAgain(rounds, broker, random);
        if (javaTools.missing !== undefined) return;
        await broker.terminate();
        // The newest files: those that the kills have met.
        const files = partitionFiles(broker.dataDirectory);
        await assertKafkaCanRead(files.filter((file) => file.includes(`/${topic}-0/`)).slice(-12));
      }),
  });
}

Deno.test({
  ...options,
  name: "kill -9 with --sync loses, doubles and reorders nothing acknowledged",
  fn: () =>
    withBroker({ sync: true }, (broker, random) => killAgainAndAgain(Math.ceil(kills / 4), broker, random)),
});

Deno.test({
  ...options,
  name: "SIGTERM in the middle of a load exits with 0 within 5 s and loses nothing",
  fn: () =>
    withBroker({}, async (broker, random) => {
      const history = new History();
      const loads = makeLoads(history);
      for (let round = 0; round < 3; round++) {
        await runLoads(broker, loads, async () => {
          await pause(50 + random.below(300));
          await broker.terminate(5000);
        });
        await Deno.stat(`${broker.dataDirectory}/.kafka_cleanshutdown`); // throws if it is not there
        await broker.start();
        await checkHistory(broker, history);
      }
    }),
});

Deno.test({
  ...options,
  name: "a broker that was frozen for two seconds goes on where it was",
  fn: () =>
    withBroker({}, async (broker) => {
      const history = new History();
      const loads = makeLoads(history);
      await runLoads(broker, loads, async () => {
        await pause(200);
        broker.signal("SIGSTOP");
        await pause(2000);
        broker.signal("SIGCONT");
        await pause(200);
      });
      await checkHistory(broker, history);
    }),
});

Deno.test({
  ...options,
  name: "a start after a clean stop reads no records: it reads as much as a start on nothing, and a little",
  fn: async () => {
    const megabyte = 1_000_000;
    await using empty = await startMilena();
    const nothing = empty.figures().readBytes;
    await withBroker({}, async (broker) => {
      const history = new History();
      const loads = makeLoads(history);
      let bytes = 0;
      while (bytes < 60 * megabyte) {
        await runLoads(broker, loads, () => pause(300));
        bytes = loads.reduce((sum, load) => sum + load.sentCount * 150, 0);
      }
      await broker.terminate();
      await broker.start();
      const clean = broker.figures().readBytes;
      // What Deno itself reads until then varies by some megabytes; the logs are many.
      assert.ok(
        clean < nothing + bytes / 3,
        `${clean - nothing} bytes more were read than by a start on an empty directory, of ${bytes} stored`,
      );
      await checkHistory(broker, history);
    });
  },
});
