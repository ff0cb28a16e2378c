/**
 * docs/protocol.md: which APIs and versions are served, beside Apache Kafka 4.3's, from the handlers themselves.
 * `deno task docs` writes it; a test holds that it is current.
 * @module
 */
import { fileURLToPath } from "node:url";
import type { AnyApi } from "../protocol/apis.ts";
import { DEFAULT_ELEMENT_LIMIT } from "../protocol/primitives.ts";
import type { ServedVersions } from "../broker/handlers/api_handler.ts";
import { handlers } from "../broker/handlers/mod.ts";
import { brokerSettings } from "../broker/setting_definitions.ts";
import { kafkaApis } from "./kafka_apis.ts";

export const protocolPath = fileURLToPath(new URL("../docs/protocol.md", import.meta.url));

const introduction = `# Protocol

Milena speaks Apache Kafka's binary protocol over TCP. This page is made from the handlers in \`broker/handlers/\` and the
tables in \`protocol/messages/\` by \`deno task docs\`; so is the answer to ApiVersions, and neither can promise what the
code does not do. What Kafka serves is taken from the answer of Apache Kafka 4.3.1.

## Frames

A request is an int32 length, a header (API key, version, correlation id, client id) and a body; an answer is a length,
the correlation id and a body. Versions from the one in the column _Flexible from_ on have compact lengths, and tagged
fields at the end of the header, the body and each structure in it (KIP-482); unknown tagged fields are skipped. The answers
to the requests of one connection leave in the order in which the requests came.

A header or body that ends early, holds a count that can't fit into it, or is null where that is not allowed closes the
connection, with a line in the log that says which byte is wrong.

## ApiVersions

- Its answer always has the old header, without tagged fields, whatever its version: who reads it does not know yet what the
  broker speaks.
- A version newer than ours is answered in version 0 with error 35 (UNSUPPORTED_VERSION) and the whole list, and the connection
  goes on (KIP-511).
- From version 3 on the client's name and version are checked (INVALID_REQUEST otherwise) and appear in log lines about its
  connection.

Any other API key or version that is not served closes the connection without an answer, as in Apache Kafka. The log says so
once for each kind of client, key and version. Old clients that do not ask for ApiVersions meet this as a
closed connection; the line in the log names what they asked for and what is served.
`;

export function protocolPage(): string {
  return [
    introduction,
    "## What is served\n",
    servedTable(),
    "A version that is listed and not served is there because clients go by the list: older librdkafka does not compress\n" +
    "where Produce 0 is missing. Apache Kafka lists it for the same reason and refuses it, too.\n",
    "## What Kafka serves and Milena does not\n",
    absentTable(),
    "What only controllers ask each other (Vote, BrokerRegistration, …) is not served on a broker's listener by Kafka either.\n",
    "## Limits\n",
    limitsTable(),
    `Besides, a message may hold at most ${
      DEFAULT_ELEMENT_LIMIT.toLocaleString("en-US")
    } elements in all its arrays together. Every limit is looked at before memory\n` +
    "is set aside for what it limits.\n",
  ].join("\n");
}

function servedTable(): string {
  const rows = [...handlers.values()].map(({ api, versions }) => {
    const kafka = kafkaApis.find(({ key }) => key === api.key);
    return [
      String(api.key),
      api.name,
      servedCell(versions),
      kafka === undefined ? "none" : range(kafka.from, kafka.to),
      flexibleCell(api),
    ];
  });
  return table(["Key", "API", "Served", "Kafka 4.3", "Flexible from"], rows);
}

function absentTable(): string {
  const rows = kafkaApis.filter(({ key }) => !handlers.has(key)).map((kafka) => [
    String(kafka.key),
    kafka.name,
    range(kafka.from, kafka.to),
    kafka.absent ?? "not yet",
  ]);
  return table(["Key", "API", "Kafka 4.3", "Belongs to"], rows);
}

/** Settings that bound what one request, one connection or all of them may take. */
const limits = [
  "socket.request.max.bytes",
  "message.max.bytes",
  "fetch.max.bytes",
  "queued.max.request.bytes",
  "milena.connection.max.requests.in.flight",
  "milena.request.read.timeout.ms",
  "connections.max.idle.ms",
  "max.connections",
  "max.connections.per.ip",
] as const;

function limitsTable(): string {
  const rows = limits.map((name) => {
    const { default: value, documentation } = brokerSettings[name];
    return [`\`${name}\``, `\`${value}\``, documentation];
  });
  return table(["Setting", "Default", "What it bounds"], rows);
}

function servedCell({ from, to, listedFrom }: ServedVersions): string {
  return listedFrom === undefined ? range(from, to) : `${range(from, to)} (listed from ${listedFrom})`;
}

function flexibleCell({ request }: AnyApi): string {
  return request.flexibleFrom === Infinity ? "never" : String(request.flexibleFrom);
}

function range(from: number, to: number): string {
  return from === to ? String(from) : `${from} to ${to}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n") +
    "\n";
}

if (import.meta.main) await Deno.writeTextFile(protocolPath, protocolPage());
