/**
 * `milena produce`: lines, files, or standard input to a topic.
 *
 * What must be true: it says that a record was delivered only when that was acknowledged; and however it ends, what was
 * handed over until then is delivered, or said not to be.
 * @module
 */
import { producerKeys } from "../../client/config/producer_keys.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { clusterOf } from "../../client/config/cluster_of.ts";
import { Producer } from "../../client/mod.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { Interrupt, INTERRUPTED } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { reachCluster } from "../reach_cluster.ts";
import { Delivery } from "./delivery.ts";
import { Feed, FeedError } from "./feed.ts";
import { openInput, sizeOfAll } from "./input.ts";
import { lineReader } from "./line_record.ts";
import { type ProduceOptions, produceOptions } from "./produce_options.ts";

export async function produce(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const options = produceOptions(invocation);
  const { topic, config, shape } = options;
  const totalBytes = sizeOfAll(options.files);
  const read = await lineReader(shape);
  using interrupt = new Interrupt(() =>
    terminal.report("delivering what was read; Ctrl-C again ends at once")
  );
  const partitionCount = await partitionsOf(options);
  const delivery = new Delivery();
  const producer = new Producer({ ...config, "on.batch": (report) => delivery.add(report) });
  using progress = new Progress(terminal);
  const feed = new Feed({
    sink: producer,
    read,
    interrupt,
    maxBytes: options.maxBytes,
    ...options.delimiter === undefined ? {} : { delimiter: options.delimiter },
    onProgress: (doneBytes) => {
      if (totalBytes !== undefined) progress.update(doneBytes, totalBytes);
    },
    hasFailed: () => delivery.failure !== undefined,
  });
  let failure: string | undefined;
  try {
    await feedAll(feed, options);
  } catch (error) {
    if (!(error instanceof FeedError)) throw error;
    failure = error.message;
  } finally {
    await producer.close();
  }
  progress.clear();
  failure ??= lossOf(delivery, feed, partitionCount === 1 || shape.partition !== undefined);
  if (!options.isQuiet || failure !== undefined) {
    const { bytes } = feed;
    terminal.report(delivery.summary({ topic, bytes, seconds: progress.elapsedSeconds }));
  }
  if (failure !== undefined) throw new CommandFailure(failure);
  return interrupt.isRequested ? INTERRUPTED : ExitCode.OK;
}

/** How many the topic has, which the cluster may create. Throws before anything is read if nobody answers. */
async function partitionsOf({ topic, config }: ProduceOptions): Promise<number> {
  using cluster = clusterOf(readConfig("a producer", producerKeys, config));
  return await reachCluster(config["bootstrap.servers"], () => cluster.partitionCount(topic));
}

async function feedAll(feed: Feed, { files, isWholeFile }: ProduceOptions): Promise<void> {
  for (const path of files) {
    using input = openInput(path);
    if (!(isWholeFile ? await feed.whole(input) : await feed.lines(input))) return;
  }
}

/** `isOrdered`: records are acknowledged in the order in which they were read, so the first that was not is known. */
function lossOf(delivery: Delivery, { places }: Feed, isOrdered: boolean): string | undefined {
  if (delivery.failure === undefined) return undefined;
  const { topic, partition, error } = delivery.failure;
  const place = isOrdered ? places.of(delivery.beforeFailure) : undefined;
  const from = place === undefined ? "" : `, from ${place} on`;
  return `${delivery.lostText}${from}: ${error!.message} (${topic}-${partition})`;
}
