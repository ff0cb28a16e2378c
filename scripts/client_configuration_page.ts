/**
 * docs/client-configuration.md, from the tables of keys. `deno task docs` writes it; a test holds that it is current.
 * @module
 */
import { fileURLToPath } from "node:url";
import { adminKeys } from "../client/config/admin_keys.ts";
import { commonKeys } from "../client/config/common_keys.ts";
import type { ConfigTable } from "../client/config/config_key.ts";
import { consumerKeys } from "../client/config/consumer_keys.ts";
import { producerKeys } from "../client/config/producer_keys.ts";

export const clientConfigurationPath = fileURLToPath(
  new URL("../docs/client-configuration.md", import.meta.url),
);

const introduction = `# Configuration of the client

Keys have Kafka's names, and defaults are Kafka's. A value may be given as it is or as the text that stands for it in a
properties file (\`"linger.ms": 5\`, \`"linger.ms": "5"\`). A name that is none is refused, with the nearest that is one; so
is a value that is not what is wanted. The command line takes the same keys: \`-X linger.ms=20\`, or a file of them by
\`--config-file\`. This page is made from the tables in \`client/config/\` by \`deno task docs\`.
`;

export function clientConfigurationPage(): string {
  return [
    introduction,
    section("All clients", commonKeys),
    section("Producer", own(producerKeys)),
    section("Consumer", own(consumerKeys)),
    section("Admin", own(adminKeys)),
  ].join("\n");
}

/** Without what all have. */
function own(table: ConfigTable): ConfigTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !Object.hasOwn(commonKeys, name)));
}

function section(title: string, table: ConfigTable): string {
  const rows = Object.entries(table).map(([name, key]) =>
    `| \`${name}\` | ${shown(key.default)} | ${key.wanted} | ${key.documentation} |`
  );
  return [`## ${title}\n`, "| Key | Default | Wanted | What it does |", "| - | - | - | - |", ...rows, ""]
    .join("\n");
}

function shown(value: unknown): string {
  if (value === undefined) return "_must be given_";
  if (value === null) return "_none_";
  if (Array.isArray(value)) return `\`${value.join(",")}\``;
  return typeof value === "object" ? "_bytes_" : `\`${value}\``;
}

if (import.meta.main) await Deno.writeTextFile(clientConfigurationPath, clientConfigurationPage());
