/**
 * What a broker or a gateway says when it is up: where it is, what an acknowledgement means here, and what to try.
 * @module
 */
import type { HostPort } from "../broker/config.ts";
import { formatHostPort } from "../broker/listeners.ts";

export interface BannerFacts {
  readonly version: string;
  /** Not empty. */
  readonly kafka: readonly HostPort[];
  readonly http: HostPort | undefined;
  readonly dataDirectory: string;
  readonly clusterId: string;
  readonly durability: string;
}

export function banner(facts: BannerFacts): string {
  const kafka = formatHostPort(reachable(facts.kafka[0]!));
  const http = facts.http && `http://${formatHostPort(reachable(facts.http))}`;
  return [
    `Milena ${facts.version}, a message broker that speaks Kafka`,
    "",
    `  Kafka             ${facts.kafka.map(formatHostPort).join(", ")}`,
    `  HTTP              ${http === undefined ? "none" : `${http} (and on the Kafka port)`}`,
    `  data              ${facts.dataDirectory} (cluster ${facts.clusterId})`,
    `  acknowledgement   ${facts.durability}`,
    "",
    "  Try:",
    ...commandsToTry(kafka, http).map((line) => `    ${line}`),
    "",
  ].join("\n");
}

export interface GatewayFacts {
  readonly version: string;
  readonly http: HostPort;
  readonly clusterId: string | null;
  /** Addresses that the cluster tells, not empty. */
  readonly brokers: readonly HostPort[];
}

export function gatewayBanner(facts: GatewayFacts): string {
  const http = `http://${formatHostPort(reachable(facts.http))}`;
  return [
    `Milena ${facts.version}, HTTP in front of a Kafka cluster`,
    "",
    `  HTTP              ${http}`,
    `  brokers           ${someOf(facts.brokers.map(formatHostPort))} (cluster ${
      facts.clusterId ?? "without id"
    })`,
    "  acknowledgement   as the cluster has it; by default from all replicas in sync",
    "",
    "  Try:",
    `    curl ${http}/topics`,
    `    echo hello | curl --data-binary @- ${http}/topics/greetings/records`,
    `    curl '${http}/topics/greetings/partitions/0/records?offset=0'`,
    "",
  ].join("\n");
}

/** The line that scripts wait for: the last on standard output. A gateway has no Kafka listener. */
export function readyLine(kafka: HostPort | undefined, http: HostPort | undefined): string {
  const parts = ["milena ready"];
  if (kafka !== undefined) parts.push(`kafka=${formatHostPort(kafka)}`);
  parts.push(`http=${http === undefined ? "none" : formatHostPort(http)}`);
  return parts.join(" ");
}

const SHOWN = 5;

function someOf(texts: readonly string[]): string {
  const more = texts.length > SHOWN ? ` and ${texts.length - SHOWN} more` : "";
  return texts.slice(0, SHOWN).join(", ") + more;
}

function commandsToTry(kafka: string, http: string | undefined): string[] {
  const produce = `echo hello | milena produce greetings -b ${kafka}`;
  const consume = `milena consume greetings -b ${kafka} --until-end`;
  return http === undefined
    ? [produce, consume, `kcat -L -b ${kafka}`]
    : [produce, consume, `curl '${http}/topics/greetings/partitions/0/records?offset=0'`];
}

/** An address that a client on this machine can use, where the listener has "every address". */
function reachable({ host, port }: HostPort): HostPort {
  if (host === "" || host === "0.0.0.0") return { host: "127.0.0.1", port };
  return { host: host === "::" ? "::1" : host, port };
}
