/**
 * A broker that is killed under load and comes back: an idempotent producer loses nothing that was acknowledged, doubles
 * nothing and keeps the order of each partition.
 * @module
 */
import assert from "node:assert/strict";
import { createTopic } from "../clients/topic.ts";
import { History, type RecordName, recordValue } from "../crash/history.ts";
import { SeededRandom } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import type { FaultyBroker } from "./faulty_broker.ts";
import { checkHistory } from "./history_check.ts";
import { isKafka } from "./own_broker.ts";
import { senders, withProducer } from "./producing.ts";

const PARTITIONS = 4;
/** A Java machine takes its time to start. */
const KILLS = isKafka ? 1 : 3;
const PATIENT = { "delivery.timeout.ms": 120_000, "reconnect.backoff.max.ms": 200 } as const;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function testKills(broker: FaultyBroker, seed: number): void {
  testNeeding(
    [],
    `Producer: nothing is lost, doubled or out of order when the broker is killed under load (seed ${seed})`,
    async () => {
      const random = new SeededRandom(seed);
      const { bootstrap } = broker;
      const topic = await createTopic(bootstrap, "killed", { partitions: PARTITIONS });
      const history = new History();
      const failures: unknown[] = [];
      let isOver = false;
      /** All that it can, in the order of its partitions, until it is over. */
      const load = (sender: typeof senders[number]) =>
        withProducer({
          ...{ "bootstrap.servers": bootstrap, "compression.type": "lz4", sender, ...PATIENT },
          ...{ "linger.ms": 1, "buffer.memory": 1_000_000, "batch.size": 4000 },
        }, async (producer) => {
          const sending = new Set<Promise<void>>();
          for (let count = 0; !isOver; count++) {
            const name: RecordName = {
              producer: sender,
              partition: count % PARTITIONS,
              index: Math.floor(count / PARTITIONS),
            };
            const value = recordValue(name, "x".repeat(random.below(100)));
            const told = producer.send({ topic, key: null, value, partition: name.partition })
              .then(({ offset }) => history.acknowledge(name, offset), (error) => {
                history.fail(name);
                failures.push(error);
              })
              .finally(() => sending.delete(told));
            sending.add(told);
            // Enough to keep many batches on their way, at a rate that a slow machine can read again.
            if (count % 50 === 49) await pause(1);
            if (sending.size > 5000) await Promise.race(sending);
          }
          await producer.flush();
          await Promise.all(sending);
        });
      const loading = Promise.all(senders.map(load));
      loading.catch(() => isOver = true);
      try {
        for (let kills = 0; kills < KILLS; kills++) {
          await untilAcknowledged(history);
          await pause(random.below(300));
          await broker.kill();
          await pause(random.below(300));
          await broker.start();
        }
        await untilAcknowledged(history);
      } finally {
        isOver = true;
      }
      await loading;
      await checkHistory(history, bootstrap, topic, PARTITIONS);
      assert.deepEqual(failures, []);
      assert.ok(history.figures.acknowledged > 1000, `${history.figures.acknowledged} acknowledged`);
      assert.equal(history.figures.polled, history.figures.acknowledged);
    },
  );
}

/** Until each producer has been told of more than now. */
async function untilAcknowledged(history: History): Promise<void> {
  const before = senders.map((sender) => history.acknowledgedBy(sender));
  for (const deadline = performance.now() + 60_000;;) {
    if (senders.every((sender, at) => history.acknowledgedBy(sender) > before[at]! + 200)) return;
    if (performance.now() > deadline) throw new Error("nothing was acknowledged within 60 s");
    await pause(10);
  }
}
