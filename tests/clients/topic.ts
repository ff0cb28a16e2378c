/**
 * Topics for tests, by kafkajs' admin client.
 * @module
 */
import { kafkajs } from "./kafkajs.ts";

export interface TopicOptions {
  readonly partitions?: number;
  /** Topic settings by Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A name that no other run of the tests has used on the same broker. */
export function uniqueTopic(prefix: string): string {
  return `${prefix.replace(/[^a-z0-9]+/gi, "-")}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Makes a topic with a unique name and returns the name. */
export async function createTopic(
  bootstrap: string,
  prefix: string,
  options: TopicOptions = {},
): Promise<string> {
  const topic = uniqueTopic(prefix);
  // Test records carry timestamps that are years old: with the default retention of a week they would soon be gone.
  const settings = { "retention.ms": "-1", ...options.settings };
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const admin = kafkajs(bootstrap).admin({ retry: { retries: 0 } });
  await admin.connect();
  try {
    await admin.createTopics({
      topics: [{ topic, numPartitions: options.partitions ?? 1, configEntries }],
      waitForLeaders: false,
    });
    // Apache Kafka tells of a topic a little later than it has made it.
    for (let attempts = 1;; attempts++) {
      try {
        await admin.fetchTopicMetadata({ topics: [topic] });
        break;
      } catch (error) {
        if (attempts === 500) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  } finally {
    await admin.disconnect();
  }
  return topic;
}
