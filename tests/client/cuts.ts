/**
 * Connections that are cut at random, some after the broker has written a batch and before its answer has come: an idempotent
 * producer sends it again, and it is there once.
 * @module
 */
import assert from "node:assert/strict";
import { createTopic } from "../clients/topic.ts";
import { testNeeding } from "../support/requirement.ts";
import type { FaultyBroker } from "./faulty_broker.ts";
import { senders, storedTexts, withProducer } from "./producing.ts";

const PARTITIONS = 3;
const RECORDS = 3000;

export function testCuts(broker: FaultyBroker, seed: number): void {
  for (const sender of senders) {
    testNeeding(
      [],
      `Producer, ${sender}: what is sent again because its answer was lost is there once, in order (seed ${seed})`,
      async () => {
        const { bootstrap } = broker;
        const topic = await createTopic(bootstrap, "cut", { partitions: PARTITIONS });
        const cutsBefore = broker.cuts;
        const told: { partition: number; offset: number }[] = [];
        await withProducer({
          ...{ "bootstrap.servers": bootstrap, sender, "compression.type": "snappy", "linger.ms": 0 },
          ...{ "batch.size": 2000, "reconnect.backoff.ms": 1, "reconnect.backoff.max.ms": 20 },
          ...{ "retry.backoff.ms": 1, "retry.backoff.max.ms": 20, "delivery.timeout.ms": 60_000 },
        }, async (producer) => {
          await producer.partitionsFor(topic);
          broker.isCutting = true;
          const telling: Promise<void>[] = [];
          for (let index = 0; index < RECORDS; index++) {
            const record = { topic, key: null, value: `${index}`, partition: index % PARTITIONS };
            telling.push(producer.send(record).then((one) => void (told[index] = one)));
            if (index % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 1));
          }
          await producer.flush();
          await Promise.all(telling);
          broker.isCutting = false;
        });
        assert.ok(broker.cuts - cutsBefore >= 3, `${broker.cuts - cutsBefore} cuts`);
        const stored = await storedTexts(broker.bootstrap, topic, PARTITIONS);
        for (const [partition, values] of stored.entries()) {
          const wanted = Array.from(
            { length: RECORDS / PARTITIONS },
            (_, at) => `${at * PARTITIONS + partition}`,
          );
          assert.deepEqual(values, wanted);
        }
        for (const [index, { partition, offset }] of told.entries()) {
          assert.deepEqual({ partition, offset }, {
            partition: index % PARTITIONS,
            offset: Math.floor(index / PARTITIONS),
          });
        }
      },
    );
  }
}
