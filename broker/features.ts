/**
 * Features of the cluster as a whole, which clients and tools go by: levels that this broker knows, and those in force.
 * Source: KIP-584; Kafka's Feature.
 * @module
 */
export interface Feature {
  readonly name: string;
  /** Levels that this broker knows. */
  readonly min: number;
  readonly max: number;
  /** The level in force. */
  readonly finalized: number;
}

export const features: readonly Feature[] = [
  // 2: partitions are added by their first batch, and each transaction has an epoch of its own (KIP-890).
  { name: "transaction.version", min: 0, max: 2, finalized: 2 },
];

/** The level in force. */
export function finalizedLevel(name: string): number {
  return features.find((feature) => feature.name === name)?.finalized ?? 0;
}
