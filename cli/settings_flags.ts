/**
 * The flags with which a broker's settings are given, and what they come to: the same for every command that has them.
 * @module
 */
import { parseHostPort } from "../broker/listeners.ts";
import { type GivenSetting, settingsFromEnvironment, settingsFromFile } from "../broker/setting_sources.ts";
import { Settings, SettingsError } from "../broker/settings.ts";
import { clusterFlags } from "./cluster_flags.ts";
import { CommandFailure, ExitCode, type Flag, type FlagValues, type Invocation } from "./command.ts";
import { readTextFile } from "./read_text_file.ts";

export const settingsFlags: readonly Flag[] = [
  {
    name: "listen",
    value: "HOST:PORT",
    summary: "where Kafka clients connect (127.0.0.1:9092; port 0: any free one)",
  },
  {
    name: "http-listen",
    value: "HOST:PORT",
    summary: "where the HTTP interface listens (127.0.0.1:8080; none: no HTTP)",
  },
  { name: "data-dir", value: "DIRECTORY", summary: "where everything is kept (./data)" },
  { name: "sync", summary: "acknowledge only what is on disk (fdatasync)" },
  { name: "config", value: "FILE", summary: "a server.properties with Kafka's names" },
  {
    name: "set",
    value: "KEY=VALUE",
    isRepeatable: true,
    completes: "brokerSetting",
    summary: "a setting by Kafka's name; goes before environment and file",
  },
];

/** Those of them that a gateway has, where its cluster is, and how to get in. */
export const gatewayFlags: readonly Flag[] = [
  {
    name: "bootstrap",
    value: "HOST:PORT[,…]",
    summary: "brokers to begin with; the cluster tells the rest",
  },
  ...settingsFlags.filter(({ name }) => ["http-listen", "config", "set"].includes(name)),
  ...clusterFlags.filter(({ name }) => name !== "bootstrap"),
];

/** Reads the settings that an invocation has, from flags, environment and file; `fixed` go before them. Throws {@link CommandFailure}. */
export function readSettings(
  { flags, terminal }: Invocation,
  fixed: readonly GivenSetting[] = [],
): Settings {
  const path = flags.text("config");
  return explainingFailure(() =>
    new Settings([
      ...fixed,
      ...settingsFromFlags(flags),
      ...settingsFromEnvironment(terminal.environment),
      ...path === undefined ? [] : settingsFromFile(path, readTextFile("--config", path)),
    ])
  );
}

/** Turns what is wrong with settings into what a command says. */
export function explainingFailure<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new CommandFailure(error.message, error.isMistyped ? ExitCode.USAGE : ExitCode.FAILURE);
  }
}

function settingsFromFlags(flags: FlagValues): GivenSetting[] {
  const given: GivenSetting[] = [];
  const add = (flag: string, name: string, value: string | undefined) => {
    if (value !== undefined) given.push({ name, value, source: { kind: "flag", flag } });
  };
  const listen = addressFlag(flags, "listen");
  const http = flags.text("http-listen") === "none" ? "" : addressFlag(flags, "http-listen");
  add("--listen", "listeners", listen === undefined ? undefined : `PLAINTEXT://${listen}`);
  add("--http-listen", "http.listen", http);
  add("--bootstrap", "bootstrap.servers", flags.text("bootstrap"));
  add("--data-dir", "log.dirs", flags.text("data-dir"));
  add("--sync", "log.flush.interval.messages", flags.isOn("sync") ? "1" : undefined);
  for (const text of flags.texts("set")) {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new CommandFailure(
        `--set is "${text}", but must be KEY=VALUE, such as num.partitions=3`,
        ExitCode.USAGE,
      );
    }
    add("--set", text.slice(0, equals).trim(), text.slice(equals + 1));
  }
  return given;
}

/** The text of a flag that is an address, checked here so that a complaint names the flag and not the setting. */
function addressFlag(flags: FlagValues, name: string): string | undefined {
  const text = flags.text(name);
  if (text === undefined || parseHostPort(text) !== undefined) return text;
  throw new CommandFailure(
    `--${name} is "${text}", but must be HOST:PORT, such as 127.0.0.1:9092`,
    ExitCode.USAGE,
  );
}
