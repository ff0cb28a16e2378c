/**
 * `milena top`: reads what was asked for, and either draws until told to stop or writes one measurement.
 * @module
 */
import { adminKeys } from "../../client/config/admin_keys.ts";
import { clusterOf } from "../../client/config/cluster_of.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { clusterConfigOf } from "../cluster_config.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { formatOf } from "../output/format.ts";
import { live } from "./live.ts";
import { metricsSource } from "./metrics_source.ts";
import { once } from "./once.ts";
import type { Sort } from "./table.ts";
import { type Tab, TABS, views } from "./tabs.ts";
import { takeSample } from "./take_sample.ts";

export interface TopOptions {
  /** As it was given, for people. */
  readonly bootstrap: string;
  readonly intervalMs: number;
  /** Those that were given. */
  readonly view: { readonly tab?: Tab; readonly sort?: Sort; readonly filter?: string };
}

export async function runTop(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  formatOf(invocation);
  const options = readOptions(invocation);
  const config = readConfig("an admin", adminKeys, clusterConfigOf(invocation));
  const bootstrap = config["bootstrap.servers"].join(",");
  const isOnce = flags.isOn("once") || flags.isOn("format") || terminal.outputIsTerminal !== true;
  // Who watches would rather see what there is, and what is missing, than wait for a leader to be elected.
  using cluster = clusterOf(config, isOnce ? {} : { patienceMs: LIVE_PATIENCE_MS });
  const metrics = metricsSource(readMetricsFlag(flags.text("metrics")));
  const take = () => takeSample(cluster, metrics);
  return isOnce
    ? await once(invocation, take, { ...options, bootstrap })
    : await live(terminal, take, { ...options, bootstrap });
}

const LIVE_PATIENCE_MS = 500;

/** The longest that is of use, and no more than timers can count. */
const MAX_INTERVAL_SECONDS = 3600;

function readOptions({ flags }: Invocation): Omit<TopOptions, "bootstrap"> {
  const interval = flags.text("interval") ?? "2";
  const seconds = /^\d+(\.\d+)?$/.test(interval) ? Number(interval) : NaN;
  if (!(seconds >= 0.1 && seconds <= MAX_INTERVAL_SECONDS)) {
    throw misuse(`--interval is "${interval}", but must be seconds from 0.1 to ${MAX_INTERVAL_SECONDS}`);
  }
  const given = flags.text("tab");
  const tab = TABS.find((tab) => tab === given);
  if (given !== undefined && tab === undefined) {
    throw misuse(`--tab is "${given}", but must be one of ${TABS.join(", ")}${didYouMean(given, TABS)}`);
  }
  const sort = flags.text("sort");
  const filter = flags.text("filter");
  return {
    intervalMs: seconds * 1000,
    view: {
      ...tab === undefined ? {} : { tab },
      ...sort === undefined ? {} : { sort: readSort(sort, tab ?? "topics") },
      ...filter === undefined ? {} : { filter },
    },
  };
}

function readSort(given: string, tab: Tab): Sort {
  const { columns } = views[tab];
  const column = columns.find(({ name }) => name === given);
  if (column !== undefined) return { column: given, isDescending: column.isText !== true };
  const names = columns.map(({ name }) => name);
  throw misuse(
    `--sort is "${given}", but the columns of ${tab} are ${names.join(", ")}${didYouMean(given, names)}`,
  );
}

function readMetricsFlag(given: string | undefined): string | undefined {
  if (given === undefined || given === "none" || /^https?:\/\/./.test(given)) return given;
  throw misuse(`--metrics is "${given}", but must be a URL such as http://127.0.0.1:8080/metrics, or none`);
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(message, ExitCode.USAGE);
}
