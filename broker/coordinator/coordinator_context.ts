/**
 * What coordinators are given by their broker.
 * @module
 */
import type { Clock, Logger, Random } from "../../storage/environment.ts";
import type { TopicStore } from "../../storage/topic_store.ts";
import type { GroupConfig, TransactionConfig } from "../config.ts";
import type { Deadlines } from "../reactor/deadlines.ts";

export interface CoordinatorContext {
  readonly topics: TopicStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly deadlines: Deadlines;
  readonly groups: GroupConfig;
  readonly transactions: TransactionConfig;
}
