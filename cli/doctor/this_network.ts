/**
 * The network that this runs in, and brokers in it as a client with the flags that were given sees them.
 * @module
 */
import { clusterOf, type CommonConfig } from "../../client/config/cluster_of.ts";
import { api } from "../../protocol/apis.ts";
import { formatHostPort } from "../../broker/listeners.ts";
import { type Network, UnknownHostError } from "./network.ts";

const CONNECT_TIMEOUT_MS = 5000;

export function thisNetwork(config: CommonConfig): Network {
  return {
    // node:dns would do for names, but prints a warning of its own for each.
    connect: async (hostname, port) => {
      try {
        const connection = await Deno.connect({
          hostname,
          port,
          signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
        });
        connection.close();
        return connection.remoteAddr.hostname;
      } catch (error) {
        const isUnknown = error instanceof Error && error.message.startsWith("failed to lookup address");
        throw isUnknown ? new UnknownHostError(error.message) : error;
      }
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
