/**
 * What coordinators are given by their broker.
 * @module
 */
import type { Clock, Logger, Random } from "../../storage/environment.ts";
import type { TopicStore } from "../../storage/topic_store.ts";
import type { ConsumerGroupConfig, GroupConfig, TransactionConfig } from "../config.ts";
import type { Figures } from "../metrics/figures.ts";
import type { Deadlines } from "../reactor/deadlines.ts";

export interface CoordinatorContext {
  readonly topics: TopicStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly groups: GroupConfig;
  /** What holds for one group of the new protocol at this moment: it may have settings of its own. */
  readonly consumerConfigOf: (groupId: string) => ConsumerGroupConfig;
  readonly transactions: TransactionConfig;
  readonly figures: Figures;
}
