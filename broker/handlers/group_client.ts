/**
 * Who sent a request about a group, as its coordinator keeps it.
 * @module
 */
import type { GroupClient } from "../coordinator/classic/classic_groups.ts";
import { clientHost } from "../coordinator/client_host.ts";
import type { Broker } from "../broker.ts";
import type { Request } from "../request.ts";

/** Of a request by which a member may become one: what its client calls itself is remembered. */
export function joiningClient({ figures }: Broker, request: Request): GroupClient {
  const client = groupClient(request);
  figures.clients.joins(client, request.connection.software);
  return client;
}

export function groupClient({ header, connection, version }: Request): GroupClient {
  return {
    clientId: header.clientId ?? "",
    clientHost: clientHost(connection.socket.peer),
    apiVersion: version,
  };
}
