/**
 * What KRaft calls features (KIP-584): parts of the cluster's behaviour that go by levels, which clients read in ApiVersions
 * and act by. The range that this version can hold is in the table; the level that is in force is kept in the data directory
 * once somebody has changed it.
 *
 * To raise a range is to promise it: clients and tools take what is told here for done.
 * @module
 */
import type { StoredConfigs } from "../storage/topic_store.ts";

export interface Feature {
  readonly name: string;
  /** Levels that this version can hold. 0: it can be without. */
  readonly min: number;
  readonly max: number;
  /** Of a cluster that nobody has given another. */
  readonly initial: number;
}

export const features: readonly Feature[] = [
  // The metadata's format is Milena's own. The level says as what tools may take the cluster: as one of Kafka 4.3.
  { name: "metadata.version", min: 30, max: 30, initial: 30 },
  // 1: groups of the new protocol (KIP-848).
  { name: "group.version", min: 1, max: 1, initial: 1 },
  // 2: transactions by KIP-890, to which Java clients turn as soon as they read it here.
  { name: "transaction.version", min: 0, max: 2, initial: 2 },
];

/** Kafka's FeatureUpdate.UpgradeType. */
export const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const;

export interface FeatureUpdate {
  readonly feature: string;
  readonly level: number;
  /** One of {@link UpgradeType}; anything else is refused. */
  readonly upgradeType: number;
}

/** In the catalog. */
const KIND = "features";
const NAME = "";
const EPOCH = "epoch";

export class Features {
  readonly #stored: StoredConfigs;
  readonly #table: readonly Feature[];

  constructor(stored: StoredConfigs, table = features) {
    this.#stored = stored;
    this.#table = table;
  }

  get supported(): readonly Feature[] {
    return this.#table;
  }

  /** How often levels have been changed: clients keep what they know of the highest. */
  get epoch(): number {
    return this.#number(EPOCH) ?? 0;
  }

  /** The level in force; 0: without. */
  level(name: string): number {
    const feature = this.#table.find((feature) => feature.name === name);
    if (feature === undefined) return 0;
    // The stored one may be another version's.
    return Math.min(Math.max(this.#number(name) ?? feature.initial, feature.min), feature.max);
  }

  /** Why an update can't be made; undefined if it can. */
  problem({ feature: name, level, upgradeType }: FeatureUpdate): string | undefined {
    const feature = this.#table.find((feature) => feature.name === name);
    if (feature === undefined) return `there is no feature "${name}" here`;
    if (!Object.values<number>(UpgradeType).includes(upgradeType)) {
      return `the upgrade type ${upgradeType} of "${name}" is none: 1 is an upgrade, 2 a safe and 3 an unsafe downgrade`;
    }
    const { min, max } = feature;
    if (level < min || level > max) {
      const range = min === max ? `${min} only` : `${min} to ${max}`;
      return `"${name}" can't have level ${level}: this version can hold ${range}`;
    }
    const current = this.level(name);
    if (level < current && upgradeType === UpgradeType.UPGRADE) {
      return `"${name}" is at level ${current}: to go down to ${level} has to be asked for as a downgrade`;
    }
    if (level > current && upgradeType !== UpgradeType.UPGRADE) {
      return `"${name}" is at level ${current}: ${level} is no downgrade`;
    }
  }

  /** Makes updates that have no problem, all together. Throws LogError, and nothing has changed. */
  update(updates: readonly FeatureUpdate[]): void {
    const changed = updates.filter(({ feature, level }) => level !== this.level(feature));
    if (changed.length === 0) return;
    this.#stored.putConfigs(
      KIND,
      NAME,
      new Map([
        ...this.#stored.configsOf(KIND, NAME),
        ...changed.map(({ feature, level }) => [feature, String(level)] as const),
        [EPOCH, String(this.epoch + 1)],
      ]),
    );
  }

  #number(name: string): number | undefined {
    const text = this.#stored.configsOf(KIND, NAME).get(name);
    return text === undefined ? undefined : Number(text);
  }
}
