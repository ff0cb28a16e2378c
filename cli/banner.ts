/**
 * What a broker says when it is up: where it is, what an acknowledgement means here, and what to try.
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

/** The line that scripts wait for: the last on standard output. */
export function readyLine(kafka: HostPort, http: HostPort | undefined): string {
  return `milena ready kafka=${formatHostPort(kafka)} http=${
    http === undefined ? "none" : formatHostPort(http)
  }`;
}

function commandsToTry(kafka: string, http: string | undefined): string[] {
  const produce = `echo hello | kcat -P -b ${kafka} -t greetings`;
  const consume = `kcat -C -b ${kafka} -t greetings -e`;
  return http === undefined
    ? [produce, consume, `kcat -L -b ${kafka}`]
    : [produce, consume, `curl '${http}/topics/greetings/partitions/0/records?offset=0'`];
}

/** An address that a client on this machine can use, where the listener has "every address". */
function reachable({ host, port }: HostPort): HostPort {
  if (host === "" || host === "0.0.0.0") return { host: "127.0.0.1", port };
  return { host: host === "::" ? "::1" : host, port };
}
