/**
 * This project's client: records one by one, reports by batch; batches of records.
 * @module
 */
import { Consumer } from "../../../client/consumer/consumer.ts";
import { Producer } from "../../../client/producer/producer.ts";
import { BATCH_BYTES, type Driver } from "../driver.ts";

/** With Kafka's own default of 16 KiB for a batch, too: nobody has to be told to set it. */
export const driver: Driver = milenaWith(BATCH_BYTES);
export const driverWithDefaults: Driver = milenaWith(undefined);

function milenaWith(batchBytes: number | undefined): Driver {
  return {
    async produce({ bootstrap, topic, codec, records, warmUp }, values, meter) {
      let failure: Error | undefined;
      await using producer = new Producer({
        "bootstrap.servers": bootstrap,
        "compression.type": codec,
        ...batchBytes === undefined ? {} : { "batch.size": batchBytes },
        "on.batch": ({ error }) => void (failure ??= error),
      });
      const send = async (count: number) => {
        for (let at = 0; at < count; at++) {
          const wait = producer.append({ topic, value: values.next() });
          if (wait !== undefined) await wait;
        }
        await producer.flush();
        if (failure !== undefined) throw failure;
      };
      await send(warmUp);
      meter.begin();
      await send(records);
      meter.end();
    },

    async consume({ bootstrap, topic, partitions }, meter) {
      await using consumer = new Consumer({ "bootstrap.servers": bootstrap, "enable.auto.commit": false });
      await consumer.assign(
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })),
      );
      for await (const batch of consumer.batches()) {
        let count = 0;
        let bytes = 0;
        for (const { value } of batch.records) {
          bytes += value!.length;
          count++;
        }
        if (bytes === 0 || meter.take(count)) return;
      }
    },
  };
}
