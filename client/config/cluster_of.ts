/**
 * A cluster, as a client's configuration describes it.
 * @module
 */
import type { BrokerAddress } from "../address.ts";
import { Cluster, type ClusterOptions } from "../cluster.ts";
import { securityOf } from "../security/security_of.ts";
import type { commonKeys } from "./common_keys.ts";
import type { ConfigValues } from "./config_key.ts";
import { ConfigError } from "./read_config.ts";

export type CommonConfig = ConfigValues<typeof commonKeys>;

/**
 * Throws a ConfigError if an address is none, or what is told of security lacks something or contradicts itself. `options`
 * go before what follows from `config`.
 */
export function clusterOf(config: CommonConfig, options: Partial<ClusterOptions> = {}): Cluster {
  return new Cluster({
    bootstrap: config["bootstrap.servers"].map(brokerAddress),
    clientId: config["client.id"],
    security: securityOf(config),
    requestTimeoutMs: config["request.timeout.ms"],
    connectTimeoutMs: config["socket.connection.setup.timeout.ms"],
    reconnectBackoff: {
      firstMs: config["reconnect.backoff.ms"],
      longestMs: config["reconnect.backoff.max.ms"],
    },
    maxIdleMs: config["connections.max.idle.ms"],
    topics: { maxAgeMs: config["metadata.max.age.ms"] },
    ...options,
  });
}

/** "host:port" or "[::1]:port". Throws a ConfigError. */
export function brokerAddress(text: string): BrokerAddress {
  const found = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port < 1 || port > 65_535) {
    throw new ConfigError(
      `"bootstrap.servers" has "${text}", but wants HOST:PORT, such as 127.0.0.1:9092 or [::1]:9092`,
    );
  }
  return { host: (found[1] ?? found[2])!, port };
}
