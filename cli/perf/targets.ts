/**
 * The clusters that are measured, side by side if there are several, and where the processor time and memory of each can be
 * read.
 * @module
 */
import { CommandFailure, ExitCode, type FlagValues } from "../command.ts";
import { metricsSource, processSource, type UsageSource } from "./usage_source.ts";

export interface Target {
  readonly name: string;
  /** bootstrap.servers */
  readonly bootstrap: string;
  /** undefined: nobody has said where. */
  readonly usage: UsageSource | undefined;
}

/** `bootstrap`: that of the only one, where no others are named. Throws a {@link CommandFailure}. */
export function targetsOf(flags: FlagValues, bootstrap: string): Target[] {
  const against = flags.texts("against").map((text) => named(text, "--against", "HOST:PORT"));
  const places = against.length > 0 ? against : [{ name: bootstrap, value: bootstrap }];
  if (against.length > 0 && flags.text("bootstrap") !== undefined) {
    throw usage(
      "--bootstrap names one cluster and --against several: name all of them by --against NAME=HOST:PORT",
    );
  }
  const names = places.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw usage(`--against names "${twice}" more than once`);
  const sources = new Map<string, UsageSource>();
  const add = (flag: string, make: (value: string) => UsageSource) => {
    for (const text of flags.texts(flag)) {
      const [only] = names;
      const { name, value } = names.length === 1 && !names.some((name) => text.startsWith(`${name}=`))
        ? { name: only!, value: text }
        : named(text, `--${flag}`, flag === "metrics" ? "URL" : "PID");
      if (!names.includes(name)) {
        throw usage(`--${flag} is about "${name}", but measured are ${names.join(", ")}`);
      }
      if (sources.has(name)) throw usage(`there is more than one --broker-pid or --metrics for "${name}"`);
      sources.set(name, make(value));
    }
  };
  add("broker-pid", (text) => {
    if (/^[1-9]\d*$/.test(text)) return processSource(Number(text));
    throw usage(`--broker-pid has "${text}", but wants the number of a process`);
  });
  add("metrics", (text) => {
    if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return metricsSource(text);
    throw usage(`--metrics has "${text}", but wants an address, such as http://127.0.0.1:8080/metrics`);
  });
  return places.map(({ name, value }) => ({ name, bootstrap: value, usage: sources.get(name) }));
}

/**
 * Where nobody has said where to read: Milena answers at its Kafka port. Only asked of brokers on this machine, as Kafka's
 * log has a line about whoever speaks HTTP to it.
 */
export async function findUsage(target: Target): Promise<UsageSource | undefined> {
  if (target.usage !== undefined) return target.usage;
  const first = target.bootstrap.split(",")[0]!.trim();
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(first)) return undefined;
  const source = metricsSource(`http://${first}/metrics`);
  try {
    await source.read();
    return source;
  } catch {
    return undefined;
  }
}

function named(text: string, flag: string, value: string): { name: string; value: string } {
  const found = /^([^=]+)=(.+)$/.exec(text);
  if (found === null) throw usage(`${flag} is "${text}", but must be NAME=${value}`);
  return { name: found[1]!.trim(), value: found[2]!.trim() };
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, ExitCode.USAGE);
}
