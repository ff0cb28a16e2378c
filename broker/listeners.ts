/**
 * Reads `listeners`, `advertised.listeners` and their kin.
 *
 * A listener has a name, and `listener.security.protocol.map` says which protocol that name speaks, so that compose
 * files can have `PLAINTEXT_HOST://:9092`. Listeners of controllers are skipped: there is none to talk to.
 * @module
 */
import type { HostPort } from "./config.ts";

export interface NamedListener extends HostPort {
  readonly name: string;
}

/** "127.0.0.1:9092", "[::1]:9092" or ":9092"; undefined if it is nothing of that kind. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text.trim());
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: match[1] ?? match[2]!, port };
}

/** The text of an address, IPv6 in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export interface ListenerSettings {
  readonly "listeners": readonly string[];
  readonly "advertised.listeners": readonly string[] | null;
  readonly "listener.security.protocol.map": readonly string[];
  readonly "controller.listener.names": readonly string[];
}

/** What the listeners come to; each problem is a sentence. */
export function resolveListeners(settings: ListenerSettings): {
  readonly listeners: readonly NamedListener[];
  readonly advertised: readonly NamedListener[] | undefined;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const protocols = parseProtocolMap(settings["listener.security.protocol.map"], problems);
  const controllers = new Set(settings["controller.listener.names"].map((name) => name.toUpperCase()));
  const isForClients = ({ name }: NamedListener) => !controllers.has(name);
  const listeners = parseListeners("listeners", settings.listeners, problems).filter(isForClients);
  for (const { name } of listeners) {
    const protocol = protocols.get(name);
    if (protocol === undefined) {
      problems.push(
        `listeners has a listener ${name}, but listener.security.protocol.map does not say its protocol: add ${name}:PLAINTEXT there`,
      );
    } else if (protocol !== "PLAINTEXT") {
      problems.push(
        `listeners has a listener ${name} that speaks ${protocol}, but this version serves PLAINTEXT only: leave it out`,
      );
    }
  }
  if (listeners.length === 0 && problems.length === 0) {
    problems.push(
      "listeners names no listener for clients, but at least one is wanted, such as PLAINTEXT://127.0.0.1:9092",
    );
  }
  const advertisedText = settings["advertised.listeners"];
  if (advertisedText === null) return { listeners, advertised: undefined, problems };
  const advertised = parseListeners("advertised.listeners", advertisedText, problems).filter(isForClients);
  return { listeners, advertised: matchAdvertised(listeners, advertised, problems), problems };
}

/** One advertised address for each listener, in their order. */
function matchAdvertised(
  listeners: readonly NamedListener[],
  advertised: readonly NamedListener[],
  problems: string[],
): NamedListener[] {
  for (const { name } of advertised) {
    if (!listeners.some((listener) => listener.name === name)) {
      problems.push(
        `advertised.listeners has ${name}, but listeners has no such listener: their names must match`,
      );
    }
  }
  return listeners.flatMap((listener) => {
    const match = advertised.find(({ name }) => name === listener.name);
    if (match === undefined) {
      problems.push(
        `advertised.listeners has no address for the listener ${listener.name}: add ${listener.name}://HOST:PORT there`,
      );
      return [];
    }
    if (match.host === "" || match.host === "0.0.0.0" || match.host === "::") {
      problems.push(
        `advertised.listeners has "${match.name}://${
          formatHostPort(match)
        }", but clients need a host they can reach: name one, or leave advertised.listeners out and each client is told the address it came to`,
      );
    }
    return [match];
  });
}

function parseListeners(setting: string, items: readonly string[], problems: string[]): NamedListener[] {
  const listeners: NamedListener[] = [];
  for (const item of items) {
    const match = /^([A-Za-z][A-Za-z0-9_.-]*):\/\/(.*)$/.exec(item);
    const address = match === null ? undefined : parseHostPort(match[2]!);
    if (match === null || address === undefined) {
      problems.push(
        `${setting} has "${item}", but must be NAME://HOST:PORT, such as PLAINTEXT://127.0.0.1:9092`,
      );
      continue;
    }
    const name = match[1]!.toUpperCase();
    const twin = listeners.find((other) =>
      other.name === name || (setting === "listeners" && address.port !== 0 && overlap(other, address))
    );
    if (twin !== undefined) {
      const what = twin.name === name ? `the name ${name}` : `port ${address.port}`;
      problems.push(
        `${setting} has ${what} twice: in "${twin.name}://${formatHostPort(twin)}" and "${item}"`,
      );
      continue;
    }
    listeners.push({ name, ...address });
  }
  return listeners;
}

/** Two sockets could not both listen there. */
export function overlap(one: HostPort, other: HostPort): boolean {
  return one.port === other.port && (one.host === other.host || isEveryAddress(one) || isEveryAddress(other));
}

function isEveryAddress({ host }: HostPort): boolean {
  return host === "" || host === "0.0.0.0" || host === "::";
}

function parseProtocolMap(items: readonly string[], problems: string[]): Map<string, string> {
  const protocols = new Map<string, string>();
  for (const item of items) {
    const match = /^([A-Za-z0-9_.-]+):(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL)$/i.exec(item);
    if (match === null) {
      problems.push(
        `listener.security.protocol.map has "${item}", but must be NAME:PROTOCOL, such as PLAINTEXT_HOST:PLAINTEXT`,
      );
      continue;
    }
    protocols.set(match[1]!.toUpperCase(), match[2]!.toUpperCase());
  }
  return protocols;
}
