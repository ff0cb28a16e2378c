/**
 * What -X and the flags of the connection say, for each client that a measurement has: a config that only consumers know is
 * no mistake of a command that has a consumer, too, but the producer must not see it.
 * @module
 */
import { commonKeys } from "../../client/config/common_keys.ts";
import type { ConfigInput, ConfigTable } from "../../client/config/config_key.ts";
import { clusterOf } from "../../client/config/cluster_of.ts";
import { consumerKeys } from "../../client/config/consumer_keys.ts";
import { producerKeys } from "../../client/config/producer_keys.ts";
import { readConfig } from "../../client/config/read_config.ts";
import type { Cluster } from "../../client/cluster.ts";
import { clientConfigOf } from "../cluster_config.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";

const allKeys = { ...producerKeys, ...consumerKeys };
type Config = ConfigInput<typeof allKeys>;
export type ProducerInput = ConfigInput<typeof producerKeys>;
export type ConsumerInput = ConfigInput<typeof consumerKeys>;

export class ClientConfigs {
  readonly #given: Config;

  private constructor(given: Config) {
    this.#given = given;
  }

  /** Throws a {@link CommandFailure}. */
  static of(invocation: Invocation, compression: string | undefined): ClientConfigs {
    const given = clientConfigOf(invocation, "perf", allKeys);
    if (compression === undefined) return new ClientConfigs(given);
    if (given["compression.type"] !== undefined) {
      throw new CommandFailure("compression.type is given by both -z and -X", ExitCode.USAGE);
    }
    const type = producerKeys["compression.type"].take(compression);
    if (type !== undefined) return new ClientConfigs({ ...given, "compression.type": type });
    throw new CommandFailure(
      `-z is "${compression}", but must be ${producerKeys["compression.type"].wanted}`,
      ExitCode.USAGE,
    );
  }

  get bootstrap(): string {
    return String(this.#given["bootstrap.servers"]);
  }

  at(bootstrap: string): ClientConfigs {
    return new ClientConfigs({ ...this.#given, "bootstrap.servers": bootstrap });
  }

  /** `usual`: what counts unless something else was said. */
  producer(usual: ProducerInput = {}): ProducerInput {
    return { ...usual, ...onlyOf(producerKeys, this.#given) };
  }

  consumer(usual: ConsumerInput = {}): ConsumerInput {
    return { ...usual, ...onlyOf(consumerKeys, this.#given) };
  }

  cluster(): Cluster {
    return clusterOf(readConfig("perf", commonKeys, onlyOf(commonKeys, this.#given)));
  }

  /** The producer's settings, defaults included. */
  producerValue<Name extends "batch.size" | "compression.type" | "linger.ms" | "acks" | "enable.idempotence">(
    name: Name,
    usual: ProducerInput = {},
  ) {
    return readConfig("a producer", producerKeys, this.producer(usual))[name];
  }
}

function onlyOf<Table extends ConfigTable>(table: Table, given: Config): ConfigInput<Table> {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(table, name)),
  ) as ConfigInput<Table>;
}
