/**
 * Turns the host names of listeners into addresses: compose files have `PLAINTEXT://kafka:29092`, where the name is the
 * container's own. It happens on the main thread, before the reactor starts, which looks no names up.
 * @module
 */
import { isIP } from "node:net";
import type { HostPort } from "../broker/config.ts";
import { CommandFailure } from "./command.ts";
import { listenFailure } from "./listen_failure.ts";

/** Each listener with an address for its host. Throws a {@link CommandFailure} for a name that is none of this machine. */
export function resolveHosts(listeners: readonly HostPort[]): HostPort[] {
  return listeners.map((listener) => {
    const { host, port } = listener;
    // "localhost" is left to the listener, which knows both of its addresses.
    if (host === "" || host === "localhost" || isIP(host) !== 0) return listener;
    try {
      // Listening for a moment asks the system's own resolver (and /etc/hosts), and finds the address that is ours.
      using probe = Deno.listen({ hostname: host, port: 0 });
      return { host: probe.addr.hostname, port };
    } catch (error) {
      throw new CommandFailure(listenFailure(error, listener, "Kafka"));
    }
  });
}
