/**
 * `milena consume`: records of topics to standard output.
 * @module
 */
import { clusterOf } from "../../client/config/cluster_of.ts";
import { consumerKeys } from "../../client/config/consumer_keys.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { Consumer } from "../../client/mod.ts";
import { ByteOutput } from "../byte_output.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { Interrupt } from "../interrupt.ts";
import { reachCluster } from "../reach_cluster.ts";
import { BrokerWatch } from "./broker_watch.ts";
import { type ConsumeOptions, consumeOptions } from "./consume_options.ts";
import { findPartitions, patternOf } from "./find_partitions.ts";
import { findStretches } from "./find_stretches.ts";
import { Reading } from "./reading.ts";
import { recordFormat } from "./record_format.ts";
import { Stretches } from "./stretches.ts";
import { WrittenOffsets } from "./written_offsets.ts";

export async function consume(invocation: Invocation): Promise<number> {
  const options = consumeOptions(invocation, Date.now());
  const { group, topics, isRegex, filter, maxRecords } = options;
  const format = await recordFormat(options);
  const isWanted = filter === undefined
    ? undefined
    : (await import("./record_filter.ts")).recordFilter(filter);
  const subscribed = isRegex ? patternOf(topics) : topics;
  const { terminal } = invocation;
  using interrupt = new Interrupt(() =>
    terminal.report("taking leave of the brokers; Ctrl-C again ends at once")
  );
  const stretches = await stretchesOf(options);
  using cluster = clusterOf(readConfig("a consumer", consumerKeys, options.config));
  using _watch = new BrokerWatch(cluster, terminal);
  const consumer = new Consumer(configOf(options));
  const written = new WrittenOffsets();
  try {
    if (group !== undefined) {
      consumer.subscribe(subscribed, {
        onRevoked: (partitions) => consumer.commit(written.take(partitions)),
        onLost: (partitions) => void written.take(partitions),
      });
    } else if (stretches.open.length > 0) {
      await consumer.assign(stretches.open.map(({ position, ...one }) => ({ ...one, offset: position })));
    } else {
      return ExitCode.OK;
    }
    const reading = new Reading({
      consumer,
      stretches,
      output: new ByteOutput(terminal),
      format,
      isWanted,
      written: group === undefined ? undefined : written,
      maxRecords,
      interrupt,
    });
    await reading.run();
  } finally {
    await consumer.close();
  }
  return ExitCode.OK;
}

function stretchesOf(options: ConsumeOptions): Promise<Stretches> {
  const { group, isRegex, isUntilEnd, config } = options;
  return reachCluster(config["bootstrap.servers"], async () => {
    using cluster = clusterOf(readConfig("a consumer", consumerKeys, config));
    // A pattern may come to match something, and a group knows where it begins.
    const partitions = isRegex && group !== undefined && !isUntilEnd
      ? []
      : await findPartitions(cluster, options);
    const isWhole = group !== undefined && !isUntilEnd;
    return new Stretches(isWhole ? [] : await findStretches(cluster, partitions, options), isUntilEnd);
  });
}

function configOf({ config, group, range, isReadCommitted }: ConsumeOptions): ConsumeOptions["config"] {
  return {
    ...config,
    "enable.auto.commit": false,
    "auto.offset.reset": range.from.kind === "end" ? "latest" : config["auto.offset.reset"] ?? "earliest",
    "isolation.level": isReadCommitted ? "read_committed" : "read_uncommitted",
    ...group === undefined ? {} : { "group.id": group },
  };
}
