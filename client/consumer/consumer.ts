/**
 * The consumer that people use: configured by Kafka's names, read by `for await` or by polls.
 * @module
 */
import { loadNativeCrc32c } from "../../protocol/crc32c.ts";
import { clusterOf } from "../config/cluster_of.ts";
import { consumerKeys } from "../config/consumer_keys.ts";
import type { ConfigInput } from "../config/config_key.ts";
import { readConfig } from "../config/read_config.ts";
import type { Cluster } from "../cluster.ts";
import { DEFAULT_MAX_RESPONSE_BYTES } from "../connection.ts";
import { ConsumerCore } from "./consumer_core.ts";
import type { PollOptions } from "./consumer_types.ts";
import { type ConsumerConfig, consumerOptions } from "./consumer_options.ts";
import type { ConsumerRecord } from "./consumer_record.ts";
import type { RebalanceListener } from "./rebalance_listener.ts";
import { SubscriptionStateError } from "./subscription_state_error.ts";

/** What an answer may have besides what was asked for: a batch that is larger, and what stands around. */
const ROOM_BYTES = 16 * 1024 * 1024;

/** One loop, or one poll after the other, at a time: whoever asks says that what came before has been worked on. */
export class Consumer<K = Uint8Array | null, V = Uint8Array | null> extends ConsumerCore<K, V>
  implements AsyncIterable<ConsumerRecord<K, V>> {
  readonly #cluster: Cluster;

  /** Throws a ConfigError. Nothing is asked of the cluster before it is subscribed, or given partitions. */
  constructor(config: ConsumerConfig<K, V>) {
    const values = readConfig("a consumer", consumerKeys, config as ConfigInput<typeof consumerKeys>);
    const options = consumerOptions<K, V>(values);
    const cluster = clusterOf(values, {
      maxResponseBytes: Math.max(DEFAULT_MAX_RESPONSE_BYTES, values["fetch.max.bytes"] + ROOM_BYTES),
    });
    if (options.checkCrcs) void loadNativeCrc32c();
    super(cluster, options);
    this.#cluster = cluster;
  }

  /**
   * Reads these topics, or all whose names match, also those that come later: as a member of its group. Throws a
   * SubscriptionStateError if partitions were assigned.
   */
  override subscribe(topics: readonly string[] | RegExp, listener?: RebalanceListener): void {
    if (Array.isArray(topics)) return super.subscribe(topics, listener);
    if (!(topics instanceof RegExp)) {
      throw new TypeError(
        "a consumer subscribes to an array of topics, or to all whose names match a RegExp",
      );
    }
    // Not one that remembers where it was.
    const pattern = new RegExp(topics.source, topics.flags.replace(/[gy]/g, ""));
    const matching = this.subscribeTo((topic) => pattern.test(topic), listener);
    // What can't be asked for now is asked for again.
    matching.catch(() => {});
  }

  /** See ConsumerCore.poll. Throws a SubscriptionStateError if there is nothing to read. */
  override poll(options?: PollOptions): Promise<ConsumerRecord<K, V>[]> {
    if (this.isReading || this.isClosed) return super.poll(options);
    return Promise.reject(
      new SubscriptionStateError(
        "this consumer has nothing to read: subscribe it to topics, or assign partitions",
      ),
    );
  }

  /** Records, one by one, until it is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConsumerRecord<K, V>, undefined> {
    return this.records();
  }

  /** Commits what was asked past, unless enable.auto.commit is false, leaves the group, and ends all connections. */
  override async close(options?: { readonly isSafe?: boolean }): Promise<void> {
    try {
      await super.close(options);
    } finally {
      this.#cluster.close();
    }
  }

  override stop(): void {
    super.stop();
    this.#cluster.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
