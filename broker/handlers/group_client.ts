/**
 * Who sent a request about a group, as its coordinator keeps it.
 * @module
 */
import type { GroupClient } from "../coordinator/classic/classic_groups.ts";
import { clientHost } from "../coordinator/client_host.ts";
import type { Request } from "../request.ts";

export function groupClient({ header, connection, version }: Request): GroupClient {
  return {
    clientId: header.clientId ?? "",
    clientHost: clientHost(connection.socket.peer),
    apiVersion: version,
  };
}
