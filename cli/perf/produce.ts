/**
 * `milena perf produce`: how fast records go in, how long it takes until each is acknowledged, and whether they are there.
 * @module
 */
import { ClientMeter } from "./client_meter.ts";
import { LatencyMeter } from "./latency_meter.ts";
import { Pace } from "./pace.ts";
import { describeJob, LedgerProducer, newRun, type PerfJob, recordsPerBatch, refusals } from "./perf_job.ts";
import { type OffsetRange, offsetRanges, type PerfTopic, withPerfTopic } from "./perf_topic.ts";
import { type CheckResult, ReadBack } from "./read_back.ts";
import { readTopic } from "./read_topic.ts";
import type { RunResult } from "./result.ts";
import { sendLoad } from "./send_load.ts";
import { Timeline } from "./timeline.ts";
import { UsageWatch } from "./usage_watch.ts";
import type { Ledger } from "./ledger.ts";
import type { Cluster } from "../../client/cluster.ts";

export const APPENDED = "appended → acknowledged";
export const DUE = "due → acknowledged";

export async function produceRun(job: PerfJob): Promise<RunResult> {
  using cluster = job.configs.cluster();
  return await withPerfTopic(cluster, job.options, async (topic) => {
    const before = await offsetRanges(cluster, topic);
    const run = newRun();
    const { result, ledger } = await measure(job, topic, run);
    job.signal.throwIfAborted();
    const check = job.options.isVerified
      ? await readBack(job, cluster, topic, { before, run, ledger })
      : undefined;
    return { ...result, check, failures: [...refusals(ledger), ...check?.findings ?? []] };
  });
}

async function measure(
  job: PerfJob,
  topic: PerfTopic,
  run: number,
): Promise<{ result: RunResult; ledger: Ledger }> {
  const { options, payload, progress } = job;
  const { recordBytes, records, seconds, rate } = options;
  const recordsPerTurn = recordsPerBatch(job);
  await using client = await LedgerProducer.start(job, topic);
  const load = { topic: topic.name, payload, recordsPerTurn, signal: client.signal };

  const warmUp = {
    ...load,
    run: newRun(),
    pace: new Pace(performance.now(), rate),
    records: options.warmUp,
    endMs: Infinity,
  };
  await sendLoad(client.producer, warmUp, client.open(() => {}));
  await client.producer.flush();

  const watch = await UsageWatch.start(job.usage);
  const meter = new ClientMeter();
  const beginMs = performance.now();
  const timeline = new Timeline(beginMs);
  const latency = new LatencyMeter(beginMs);
  const ledger = client.open((dueMs, count) => {
    const nowMs = performance.now();
    latency.record(nowMs, dueMs, count);
    timeline.add(nowMs, count, count * recordBytes);
  });
  progress.begin(() => ({
    what: describeJob(job, "sending"),
    records: timeline.records,
    bytes: timeline.bytes,
    p99Ms: latency.p99,
  }));
  const endMs = beginMs + seconds * 1000;
  await sendLoad(client.producer, { ...load, run, pace: new Pace(beginMs, rate), records, endMs }, ledger);
  await client.producer.flush();
  const doneMs = performance.now();
  const usage = meter.read(timeline.records);
  progress.end();
  const elapsed = (doneMs - beginMs) / 1000;
  return {
    ledger,
    result: {
      broker: job.broker,
      round: job.round,
      records: timeline.records,
      bytes: timeline.bytes,
      seconds: elapsed,
      recordsPerSecond: timeline.records / elapsed,
      bytesPerSecond: timeline.bytes / elapsed,
      timeline: timeline.points(doneMs),
      latencies: [latency.result(rate === 0 ? APPENDED : DUE)],
      client: usage,
      usage: await watch?.stop(beginMs, timeline.records),
      check: undefined,
      failures: [],
    },
  };
}

interface Sent {
  /** What the topic had before. */
  readonly before: readonly OffsetRange[];
  readonly run: number;
  readonly ledger: Ledger;
}

async function readBack(
  job: PerfJob,
  cluster: Cluster,
  topic: PerfTopic,
  { before, run, ledger }: Sent,
): Promise<CheckResult> {
  const readBack = new ReadBack({ run, ledger, isOrdered: job.configs.producerValue("enable.idempotence") });
  const after = await offsetRanges(cluster, topic);
  job.progress.begin(() => ({
    what: describeJob(job, "reading back"),
    records: readBack.count,
    bytes: readBack.count * job.options.recordBytes,
  }));
  await readTopic(job, {
    topic: topic.name,
    // What has been deleted meanwhile by the topic's retention is missed, as it should be.
    ranges: after.map(({ partition, from, to }) => ({
      partition,
      from: Math.max(from, before[partition]!.to),
      to,
    })),
    onRecord: (partition, offset, value) => void readBack.take(partition, offset, value),
  });
  job.progress.end();
  return readBack.verdict();
}
