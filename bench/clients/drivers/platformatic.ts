/**
 * \@platformatic/kafka 2.12: arrays of messages in, its stream of messages out.
 * @module
 */
import type { Buffer } from "node:buffer";
import { Consumer, Producer } from "@platformatic/kafka";
import { type Driver, sendBatches } from "../driver.ts";

export const driver: Driver = {
  async produce(task, values, meter) {
    const { bootstrap, topic, codec, records, warmUp } = task;
    const producer = new Producer({
      clientId: "bench-platformatic",
      bootstrapBrokers: [bootstrap],
      maxInflights: 5,
    });
    const send = (count: number) =>
      sendBatches(task, count, (records, partition) =>
        producer.send({
          compression: codec,
          messages: Array.from(
            { length: records },
            () => ({ topic, partition, value: values.next() as Buffer }),
          ),
        }));
    await send(warmUp);
    meter.begin();
    await send(records);
    meter.end();
    await producer.close();
  },

  async consume({ bootstrap, topic }, meter) {
    const consumer = new Consumer({
      clientId: "bench-platformatic",
      bootstrapBrokers: [bootstrap],
      groupId: `bench-${crypto.randomUUID()}`,
      autocommit: false,
      maxWaitTime: 500,
    });
    const stream = await consumer.consume({ topics: [topic], mode: "earliest" });
    await new Promise<void>((resolve, reject) => {
      stream.on("error", reject);
      stream.on("data", ({ value }) => {
        if (value.length === 0 || meter.take(1)) resolve();
      });
    });
    await stream.close();
    await consumer.close(true);
  },
};
