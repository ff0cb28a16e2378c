/**
 * Which cluster a command is about, as the configuration of a client: a flag goes before the environment, that before a
 * file, that before the default.
 *
 * What must be true: a config that no client has is refused wherever it comes from; one that only other kinds of clients
 * have is passed over in a file, which may be for all of them, and refused in a flag.
 * @module
 */
import { parseProperties } from "../broker/properties_file.ts";
import { adminKeys } from "../client/config/admin_keys.ts";
import { brokerAddress } from "../client/config/cluster_of.ts";
import { commonKeys } from "../client/config/common_keys.ts";
import type { ConfigInput, ConfigTable } from "../client/config/config_key.ts";
import { consumerKeys } from "../client/config/consumer_keys.ts";
import { producerKeys } from "../client/config/producer_keys.ts";
import { ConfigError, readConfig } from "../client/config/read_config.ts";
import { CONFIG_FILE_VARIABLE, DEFAULT_BOOTSTRAP, shorthands } from "./cluster_flags.ts";
import { CommandFailure, ExitCode, type Invocation } from "./command.ts";
import { fromJavaProperties } from "./java_properties.ts";
import { readTextFile } from "./read_text_file.ts";

type Given = Map<string, string>;

/** For any client. Throws {@link CommandFailure}. */
export function clusterConfigOf(invocation: Invocation): ConfigInput<typeof commonKeys> {
  return clientConfigOf(invocation, "an admin", adminKeys);
}

/** For a client whose configs are those of `table`; `whose`: "a producer". Throws {@link CommandFailure}. */
export function clientConfigOf<Table extends ConfigTable>(
  invocation: Invocation,
  whose: string,
  table: Table,
): ConfigInput<Table> {
  const { terminal, flags } = invocation;
  const given: Given = new Map([
    ["bootstrap.servers", DEFAULT_BOOTSTRAP],
    // Whoever sits before a terminal wants to hear sooner than Kafka's 10 s that nobody is there.
    ["socket.connection.setup.timeout.ms", "4000"],
    ...fromFile(flags.text("config-file") ?? terminal.environment[CONFIG_FILE_VARIABLE], table),
    ...fromEnvironment(terminal.environment),
    ...fromFlags(invocation),
  ]);
  if (given.has("transactional.id")) {
    throw new CommandFailure(
      '"transactional.id" is for programs that begin and commit transactions; no command does',
      ExitCode.USAGE,
    );
  }
  if (!given.has("security.protocol")) given.set("security.protocol", protocolOf(invocation, given));
  const config = Object.fromEntries(given) as ConfigInput<Table>;
  try {
    readConfig(whose, table, config);
    commonKeys["bootstrap.servers"].take(given.get("bootstrap.servers"))?.forEach(brokerAddress);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandFailure(error.message, ExitCode.USAGE);
  }
  return config;
}

function fromFlags({ flags }: Invocation): Given {
  const given: Given = new Map();
  for (const text of flags.texts("config-opt")) {
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new CommandFailure(
        `-X is "${text}", but must be KEY=VALUE, such as request.timeout.ms=5000`,
        ExitCode.USAGE,
      );
    }
    const name = text.slice(0, equals).trim();
    if (given.has(name)) throw new CommandFailure(`-X gives ${name} more than once`, ExitCode.USAGE);
    given.set(name, text.slice(equals + 1));
  }
  for (const { flag, config, isFile } of shorthands) {
    const text = flags.text(flag);
    if (text === undefined) continue;
    if (given.has(config)) {
      throw new CommandFailure(`${config} is given by both --${flag} and -X`, ExitCode.USAGE);
    }
    given.set(config, isFile ? readTextFile(`--${flag}`, text) : text);
  }
  return given;
}

function fromEnvironment(environment: Readonly<Record<string, string>>): Given {
  const given: Given = new Map();
  for (const { variable, config } of shorthands) {
    const text = variable === undefined ? undefined : environment[variable];
    if (text !== undefined && text !== "") given.set(config, text);
  }
  return given;
}

function fromFile(path: string | undefined, table: ConfigTable): Given {
  if (path === undefined || path === "") return new Map();
  const others = { ...producerKeys, ...consumerKeys };
  return new Map(
    fromJavaProperties(parseProperties(readTextFile("--config-file", path)), path)
      .filter(([name]) => Object.hasOwn(table, name) || !Object.hasOwn(others, name)),
  );
}

/** Who says that TLS is to be used, or who one is, need not say it by Kafka's word for it, too. */
function protocolOf({ flags }: Invocation, given: Given): string {
  const isTls = flags.isOn("tls") || given.has("ssl.ca") || given.has("ssl.cert");
  const isSasl = given.has("sasl.username") || given.has("sasl.mechanism");
  return isSasl ? (isTls ? "SASL_SSL" : "SASL_PLAINTEXT") : (isTls ? "SSL" : "PLAINTEXT");
}
