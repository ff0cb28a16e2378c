/**
 * Where a setting's value comes from. What is given while the broker runs goes before what it was started with; there a flag
 * goes before the environment, that before the file, and that before the default.
 * @module
 */
import { parseProperties } from "./properties_file.ts";

export type SettingSource =
  | { readonly kind: "dynamic" }
  | { readonly kind: "start" }
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "default" };

export interface GivenSetting {
  readonly name: string;
  readonly value: string;
  readonly source: SettingSource;
}

/** "--set", "KAFKA_NUM_PARTITIONS", "server.properties line 7" or "default". */
export function describeSource(source: SettingSource): string {
  switch (source.kind) {
    case "dynamic":
      return "given while the broker runs";
    case "start":
      return "as the broker was started";
    case "flag":
      return source.flag;
    case "environment":
      return source.variable;
    case "file":
      return `${source.path} line ${source.line}`;
    case "default":
      return "default";
  }
}

export function settingsFromFile(path: string, text: string): GivenSetting[] {
  return parseProperties(text).map(({ name, value, line }) => ({
    name,
    value,
    source: { kind: "file", path, line },
  }));
}

/**
 * Variables that begin with KAFKA_ and are no settings: those that Kafka's start scripts and images read, and those
 * that Kubernetes makes of a service called "kafka" (KAFKA_PORT=tcp://10.0.0.7:9092).
 */
const notSettings =
  /^KAFKA_(HOME|VERSION|SCALA_VERSION|DEBUG|DAEMON_MODE|CLASSPATH|HEAP_OPTS|OPTS|GC_LOG_OPTS|DEBUG_FLAG|NODE_NAME|ENV|((JMX|JVM|LOG4J|TOOLS|JAVA)(_.*)?)|(SERVICE_(HOST|PORT).*)|(PORT(_\d+_(TCP|UDP).*)?))$/;

/**
 * The settings among environment variables, as the apache/kafka image reads them: KAFKA_ off, lower case, and then
 * `___` is "-", `__` is "_" and `_` is ".". CLUSTER_ID is the cluster's id.
 */
export function settingsFromEnvironment(environment: Readonly<Record<string, string>>): GivenSetting[] {
  const settings: GivenSetting[] = [];
  for (const variable of Object.keys(environment).sort()) {
    const name = settingOfVariable(variable);
    if (name === undefined) continue;
    settings.push({ name, value: environment[variable]!, source: { kind: "environment", variable } });
  }
  return settings;
}

const underscores = ["", ".", "_", "-"];

function settingOfVariable(variable: string): string | undefined {
  if (variable === "CLUSTER_ID") return "cluster.id";
  if (!/^KAFKA_./.test(variable) || notSettings.test(variable)) return undefined;
  return variable.slice("KAFKA_".length).toLowerCase().replaceAll(
    /_{1,3}/g,
    (run) => underscores[run.length]!,
  );
}
