/**
 * kafkajs 2.2.4: arrays of messages in, `eachBatch` out. lz4 is not in it; lz4-napi, which is in Rust, is plugged in.
 * @module
 */
import { Buffer } from "node:buffer";
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from "kafkajs";
import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { type Driver, sendBatches } from "../driver.ts";

CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(compressFrameSync(buffer)),
  decompress: (bytes: Buffer) => Promise.resolve(decompressFrameSync(bytes)),
});

export const driver: Driver = {
  async produce(task, values, meter) {
    const { bootstrap, topic, codec, records, warmUp } = task;
    const producer = kafkajs(bootstrap).producer();
    await producer.connect();
    const compression = codec === "lz4" ? CompressionTypes.LZ4 : CompressionTypes.None;
    const send = (count: number) =>
      sendBatches(task, count, (records, partition) =>
        producer.send({
          topic,
          compression,
          messages: Array.from({ length: records }, () => ({ partition, value: values.next() as Buffer })),
        }));
    await send(warmUp);
    meter.begin();
    await send(records);
    meter.end();
    await producer.disconnect();
  },

  async consume({ bootstrap, topic }, meter) {
    const consumer = kafkajs(bootstrap).consumer({ groupId: `bench-${crypto.randomUUID()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      void consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: 1,
        eachBatch({ batch }) {
          let bytes = 0;
          for (const { value } of batch.messages) bytes += value!.length;
          if (bytes === 0 || meter.take(batch.messages.length)) resolve();
          return Promise.resolve();
        },
      }).catch(reject);
    });
    await consumer.disconnect();
  },
};

function kafkajs(bootstrap: string): Kafka {
  return new Kafka({ clientId: "bench-kafkajs", brokers: [bootstrap], logLevel: logLevel.NOTHING });
}
