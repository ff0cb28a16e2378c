/**
 * The network that this runs in, and brokers in it as a client with the flags that were given sees them.
 * @module
 */
import { lookup } from "node:dns/promises";
import { clusterOf, type CommonConfig } from "../../client/config/cluster_of.ts";
import { api } from "../../protocol/apis.ts";
import { formatHostPort } from "../../broker/listeners.ts";
import type { Network } from "./network.ts";

const CONNECT_TIMEOUT_MS = 5000;

export function thisNetwork(config: CommonConfig): Network {
  return {
    lookUp: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    connect: async (hostname, port) => {
      const connection = await Deno.connect({
        hostname,
        port,
        signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
      });
      connection.close();
    },
    ask: async (host, port) => {
      using cluster = clusterOf({ ...config, "bootstrap.servers": [formatHostPort({ host, port })] });
      const { apiKeys } = await cluster.ask(api.ApiVersions, {
        clientSoftwareName: "milena",
        clientSoftwareVersion: "doctor",
      });
      const { clusterId, brokers } = await cluster.describe();
      return {
        clusterId,
        brokers,
        versions: new Map(
          apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
        ),
      };
    },
  };
}
