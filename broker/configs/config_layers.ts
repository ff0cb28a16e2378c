/**
 * Where a broker's settings come from: layers, of which the first that has a setting counts. Kafka's order: what was given to
 * this broker while it runs, what was given to all brokers, what it was started with. The defaults come behind them all.
 * @module
 */

/** Kafka's DescribeConfigsResponse.ConfigSource. */
export const ConfigSource = {
  TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
  DYNAMIC_BROKER_LOGGER: 6,
  CLIENT_METRICS: 7,
  GROUP: 8,
} as const;

export interface ConfigLayer {
  /** One of {@link ConfigSource}. */
  readonly source: number;
  /** By Kafka's names, as in a properties file. */
  readonly values: ReadonlyMap<string, string>;
}

/** Another name, or the same on another layer, under which a setting is looked for. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** The layers of a broker that was only started. */
export function staticLayers(properties: Readonly<Record<string, string>>): ConfigLayer[] {
  return [{ source: ConfigSource.STATIC_BROKER, values: new Map(Object.entries(properties)) }];
}
