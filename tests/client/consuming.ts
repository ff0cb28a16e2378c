/**
 * Consumers as the tests of this folder use them.
 * @module
 */
import { Consumer, type ConsumerConfig, string } from "../../client/mod.ts";
import { endsOf } from "../clients/milena_client.ts";

export type Config = ConsumerConfig<string | null, string | null>;

/** Of texts, from the first offset; it commits nothing by itself. */
export function textConsumer(config: Config): Consumer<string | null, string | null> {
  return new Consumer<string | null, string | null>({
    "auto.offset.reset": "earliest",
    "enable.auto.commit": false,
    "key.deserializer": string,
    "value.deserializer": string,
    ...config,
  });
}

const END_WITHIN_MS = 15_000;

/** The texts that a consumer is given of each partition, from its first record to its end as it is now. */
export async function readTexts(
  bootstrap: string,
  topic: string,
  isolation: "read_committed" | "read_uncommitted" = "read_committed",
): Promise<string[][]> {
  const ends = await endsOf(bootstrap, topic);
  const consumer = textConsumer({ "bootstrap.servers": bootstrap, "isolation.level": isolation });
  try {
    const places = ends.map((_, partition) => ({ topic, partition }));
    await consumer.assign(places);
    const texts = ends.map((): string[] => []);
    const deadline = performance.now() + END_WITHIN_MS;
    const isAtEnd = () => places.every((place) => (consumer.position(place) ?? 0) >= ends[place.partition]!);
    while (!isAtEnd()) {
      if (performance.now() > deadline) {
        const at = places.map((place) => `${consumer.position(place)} of ${ends[place.partition]}`).join(
          ", ",
        );
        throw new Error(`the ends of ${topic} were not reached within ${END_WITHIN_MS} ms: ${at}`);
      }
      for (const { partition, value } of await consumer.poll({ timeoutMs: 100 })) {
        texts[partition]!.push(value ?? "null");
      }
    }
    return texts;
  } finally {
    await consumer.close();
  }
}
