/**
 * Whether a client gets to a cluster: to the addresses that were given, to those that its brokers advertise, and with
 * what it has to say.
 *
 * What must be true: each broker is looked for where it says it is, since that is where clients go; whoever answers there must
 * be of the same cluster.
 * @module
 */
import { isIP } from "node:net";
import { formatHostPort } from "../../broker/listeners.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { showMany } from "../units.ts";
import { type Check, fail, type Finding, ok, skip, type Surroundings, warn } from "./check.ts";
import { missingUses } from "./needed_apis.ts";
import { type BrokerAnswer, type NamedBroker, type Network, UnknownHostError } from "./network.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** What looking for a broker at an address came to. */
type Attempt =
  | { readonly answer: BrokerAnswer; readonly reached: string }
  | { readonly found: string; readonly advice: string };

export const cluster: Check = {
  name: "cluster",
  async run(surroundings) {
    const { client, network } = surroundings;
    if (client === undefined) return skip("none was named: --bootstrap HOST:PORT checks one");
    const attempts = await Promise.all(
      client.bootstrap.map((address) => reach(surroundings, network, address)),
    );
    const answers = attempts.flatMap((attempt) => "answer" in attempt ? [attempt.answer] : []);
    const first = answers[0];
    const findings = attempts.map((attempt, i) =>
      bootstrapFinding(client.bootstrap[i]!, attempt, first !== undefined)
    );
    if (first === undefined) return findings;
    const brokers = await Promise.all(
      first.brokers.map((broker) => brokerFindings(surroundings, broker, first.clusterId)),
    );
    return [...findings, ...brokers.flat()];
  },
};

function bootstrapFinding(address: Address, attempt: Attempt, isClusterThere: boolean): Finding {
  const name = `bootstrap ${formatHostPort(address)}`;
  if ("answer" in attempt) {
    const { answer: { clusterId, brokers }, reached } = attempt;
    const where = isIP(address.host) !== 0 ? "" : ` (${reached})`;
    return {
      name,
      ...ok(
        `answers${where}: cluster ${clusterId ?? "without an id"}, ${showMany(brokers.length, "broker")}`,
      ),
    };
  }
  // With another one clients get in.
  return { name, ...(isClusterThere ? warn : fail)(attempt.found, attempt.advice) };
}

async function brokerFindings(
  surroundings: Surroundings,
  broker: NamedBroker,
  clusterId: string | null,
): Promise<Finding[]> {
  const name = `broker ${broker.id}`;
  const advertised = formatHostPort(broker);
  const attempt = await reach(surroundings, surroundings.network, broker);
  if (!("answer" in attempt)) {
    const found = `it advertises ${advertised}, and from here ${attempt.found}`;
    return [{ name, ...fail(found, advertisedAdvice(surroundings, broker)) }];
  }
  if (attempt.answer.clusterId !== clusterId) {
    const found =
      `it advertises ${advertised}, and there cluster ${attempt.answer.clusterId} answers, not ${clusterId}`;
    return [{ name, ...fail(found, advertisedAdvice(surroundings, broker)) }];
  }
  return [
    { name, ...ok(`advertises ${advertised}, which answers from here`) },
    { name: `${name}, requests`, ...requestsFinding(attempt.answer) },
  ];
}

/** The classic mistake: clients are let in at one address and sent on to another, which only the broker itself can reach. */
function advertisedAdvice({ client }: Surroundings, { host, port }: NamedBroker): string {
  const rule =
    "clients connect to what a broker advertises, whatever address they began with: set its advertised.listeners to ";
  if (host === "0.0.0.0" || host === "::") {
    return `${rule}a real address, such as PLAINTEXT://${
      reachableHost(client)
    }:${port}; ${host} is every address and none`;
  }
  if (isLoopback(host) && client?.bootstrap.every((address) => !isLoopback(address.host))) {
    return `${rule}PLAINTEXT://${
      reachableHost(client)
    }:${port}; ${host} is the client itself, wherever that is`;
  }
  return `${rule}an address that resolves and is let through here, such as PLAINTEXT://${
    reachableHost(client)
  }:${port}; in Docker ` +
    "that takes a listener for the network inside and one for the host";
}

function reachableHost(client: Surroundings["client"]): string {
  return client?.bootstrap[0]?.host ?? "HOST";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function requestsFinding({ versions }: BrokerAnswer): Finding {
  const missing = missingUses(versions);
  if (missing.length === 0) return ok("all that this client can ask for is there");
  const found = missing.map(({ use, apis }) => `no ${use} (${apis.join(", ")})`).join("; ");
  return missing.some(({ isBasic }) => isBasic)
    ? fail(found, "a broker of Kafka 2.1 or newer, or one that speaks those versions")
    : warn(found, "a newer broker, if that is wanted; everything else works");
}

async function reach({ client }: Surroundings, network: Network, { host, port }: Address): Promise<Attempt> {
  let reached: string;
  try {
    reached = await network.connect(host, port);
  } catch (error) {
    if (error instanceof UnknownHostError) {
      return {
        found: `there is no host ${host}`,
        advice: "a name that DNS or /etc/hosts of this machine knows, or an address",
      };
    }
    const found = `${formatHostPort({ host, port })} can't be connected to: ${reasonOf(error)}`;
    return { found, advice: connectAdvice(error) };
  }
  try {
    return { answer: await network.ask(host, port), reached };
  } catch (error) {
    return { found: (error as Error).message, advice: askAdvice(error, client?.isPlaintext ?? true) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer in time";
  return (error as Error).message;
}

function connectAdvice(error: unknown): string {
  return error instanceof Deno.errors.ConnectionRefused
    ? "nobody listens there: start the broker, or correct the port (Kafka's is 9092; listeners says on which addresses)"
    : "a firewall or a route: the port must be let through to where the broker runs";
}

function askAdvice(error: unknown, isPlaintext: boolean): string {
  switch (error instanceof ConnectionError ? error.failure : undefined) {
    case "tls":
      return "the authority that signed the broker's certificate by --tls-ca, or the name that the certificate is for";
    case "authentication":
      return "--user, --password and --sasl-mechanism as the broker knows them";
    case "unsupported":
      return "a broker of Kafka 2.1 or newer";
    default:
      return isPlaintext
        ? "somebody listens there who does not speak Kafka in the clear: another program, a controller's port, or a listener for TLS (--tls) or SASL (--user)"
        : "somebody listens there who does not speak Kafka over TLS, or not with users: leave out --tls and --user for a PLAINTEXT listener";
  }
}
