/**
 * docs/configuration.md, from the tables of settings. `deno task docs` writes it; a test holds that it is current.
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Setting, SettingEffect } from "../broker/setting.ts";
import { isDynamicSetting } from "../broker/configs/dynamic_settings.ts";
import { brokerSettings } from "../broker/setting_definitions.ts";
import { topicSettings, topicSettingSynonyms } from "../broker/topic_settings.ts";

export const configurationPath = fileURLToPath(new URL("../docs/configuration.md", import.meta.url));

const introduction = `# Configuration

Nothing has to be configured. What can be has Kafka's names and Kafka's meaning; where a default is not Kafka's, the
tables say so. This page is made from the tables in \`broker/setting_definitions.ts\` and \`broker/topic_settings.ts\` by
\`deno task docs\`.

## Where settings come from

The first of these that has a setting counts:

1. flags: \`--listen\` (listeners), \`--http-listen\` (http.listen), \`--data-dir\` (log.dirs), \`--sync\`
   (log.flush.interval.messages=1), of \`milena gateway\` \`--bootstrap\` (bootstrap.servers), and \`--set KEY=VALUE\` for any
   setting;
2. environment variables, named as in the apache/kafka image: \`KAFKA_\`, then the name in capitals with \`_\` for a dot, \`__\`
   for an underscore and \`___\` for a dash: \`KAFKA_LOG_SEGMENT_BYTES\`. \`CLUSTER_ID\` is the cluster's id;
3. the file named by \`--config\`: a \`server.properties\`;
4. the default.

\`milena config print\` shows every setting with its value and where that comes from, \`milena config print --explain\` what each
does. A value that can't be understood, or does not fit another, stops the start with a sentence. A name that is no
setting stops it on the command line, and is a warning in a file or environment. Settings of ZooKeeper's and of Kafka's
quorum of controllers are accepted; they have nothing to steer here.

## While the broker runs

Settings marked _dynamic_ in the first table can be changed while the broker runs, as in Kafka: by
\`kafka-configs --alter --entity-type brokers\`, for this broker (\`--entity-name\`) or for all (\`--entity-default\`), and by every
other admin client. What is given so is kept in the data directory and counts before all of the above; \`--describe\` tells
what it is, and \`--delete-config\` takes it back. Topics without a setting of their own follow at once.

All settings of a topic can be changed while it is in use. The log's level is that of the logger \`root\`:
\`--entity-type broker-loggers --alter --add-config root=DEBUG\`, until the next start.

## Listeners

\`listeners=PLAINTEXT://:9092,CONTROLLER://:9093\` works as it is: the names in \`controller.listener.names\` (CONTROLLER) are
left out. More than one listener, each with a name of its own, is fine; \`listener.security.protocol.map\` gives names their
protocol, which in this version is PLAINTEXT.

Without \`advertised.listeners\` each client is told the address it came to. That suits clients on this machine, in
neighbouring containers and on the LAN alike, without a map of listeners. Set it where the port is remapped on the way
(\`docker run -p 19092:9092\`) or a proxy stands between.

In the tables, _later_ marks settings that are read and checked but have no effect in this version (whoever sets one is
told so), and _none_ those whose part this broker does not have; both are accepted, so that existing files work.
_dynamic_: see above.
`;

export function configurationPage(): string {
  return [
    introduction,
    "## The broker's settings\n",
    table(
      brokerSettings,
      ["Setting", "Type", "Default", "Effect", "What it does"],
      () => [],
      (name, { effect }) => [...wordOf(effect), ...isDynamicSetting(name) ? ["dynamic"] : []].join(", "),
    ),
    "## A topic's settings\n",
    "Given when a topic is created, or later. What a topic does not set, the broker's setting beside it decides.\n",
    table(
      topicSettings,
      ["Setting", "Type", "Default", "Effect", "Broker's setting", "What it does"],
      (name) => {
        const synonyms = topicSettingSynonyms[name as keyof typeof topicSettingSynonyms] ?? [];
        return [synonyms.map((synonym) => `\`${synonym.name}\``).join(", ")];
      },
      (_name, { effect }) => wordOf(effect).join(),
    ),
  ].join("\n");
}

function table(
  settings: Readonly<Record<string, Setting>>,
  header: readonly string[],
  more: (name: string) => readonly string[],
  effectOf: (name: string, setting: Setting) => string,
): string {
  const rows = Object.entries(settings).map(([name, setting]) => [
    `\`${name}\``,
    setting.range === "" ? setting.type : `${setting.type}, ${setting.range}`,
    defaultCell(setting),
    effectOf(name, setting),
    ...more(name),
    setting.documentation,
  ]);
  return [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n") +
    "\n";
}

/** Nothing of what simply works. */
function wordOf(effect: SettingEffect): string[] {
  return effect === "now" ? [] : [effect];
}

function defaultCell({ default: value, kafkaDefault }: Setting): string {
  const show = (text: string | null) => text === null || text === "" ? "none" : `\`${text}\``;
  return kafkaDefault === undefined ? show(value) : `${show(value)} (Kafka: ${show(kafkaDefault)})`;
}

if (import.meta.main) await Deno.writeTextFile(configurationPath, configurationPage());
