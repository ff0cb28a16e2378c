/**
 * What a sender wants of a cluster, and nothing more: so a test can be one.
 * @module
 */
import type { Cluster } from "../cluster.ts";

export type ProducerCluster = Pick<
  Cluster,
  | "ask"
  | "askBroker"
  | "askCoordinator"
  | "close"
  | "forget"
  | "leadersOf"
  | "partitionCount"
  | "rememberedLeader"
  | "sendBroker"
>;
