/**
 * `milena perf latency`: how long a record is on its way, at a rate that the cluster can bear: from when it was due until it
 * is acknowledged, and until a consumer in this process has it.
 * @module
 */
import type { ConsumerInput, ProducerInput } from "./client_configs.ts";
import { ClientMeter } from "./client_meter.ts";
import { LatencyMeter } from "./latency_meter.ts";
import type { Ledger } from "./ledger.ts";
import { Pace } from "./pace.ts";
import { describeJob, LedgerProducer, newRun, type PerfJob, refusals } from "./perf_job.ts";
import { type OffsetRange, offsetRanges, type PerfTopic, withPerfTopic } from "./perf_topic.ts";
import { DUE } from "./produce.ts";
import { ReadBack } from "./read_back.ts";
import { newConsumer } from "./read_topic.ts";
import type { RunResult } from "./result.ts";
import { sendLoad } from "./send_load.ts";
import { Timeline } from "./timeline.ts";
import { UsageWatch } from "./usage_watch.ts";

export const CONSUMED = "due → consumed";

/** Waiting for more is what a rate is for, not latency. */
export const latencyProducer: ProducerInput = { "linger.ms": 0 };
const latencyConsumer: ConsumerInput = { "fetch.min.bytes": 1 };

/** What was acknowledged and has not come by then has not come. */
const MISSED_MS = 15_000;
const LOOK_MS = 5;

export async function latencyRun(job: PerfJob): Promise<RunResult> {
  using cluster = job.configs.cluster();
  return await withPerfTopic(cluster, job.options, async (topic) => {
    return await measure(job, topic, await offsetRanges(cluster, topic));
  });
}

async function measure(job: PerfJob, topic: PerfTopic, before: readonly OffsetRange[]): Promise<RunResult> {
  const { options, payload, signal, progress } = job;
  const { recordBytes, records, seconds, rate } = options;
  await using client = await LedgerProducer.start(job, topic, latencyProducer);
  const consumer = newConsumer(job, latencyConsumer);
  const reading = new AbortController();
  let onRecord: (partition: number, offset: number, value: Uint8Array | null) => void = () => {};
  await consumer.assign(before.map(({ partition, to }) => ({ topic: topic.name, partition, offset: to })));
  const read = (async () => {
    for await (const { partition, records } of consumer.batches({ signal: reading.signal })) {
      for (const record of records) onRecord(partition, record.offset, record.value);
    }
  })();
  // Told below, when it is waited for.
  read.catch(() => reading.abort());
  try {
    // One after the other, so that a record's number among all of them follows from that within its partition.
    const load = {
      topic: topic.name,
      payload,
      recordsPerTurn: 1,
      isPrecise: true,
      signal: AbortSignal.any([client.signal, reading.signal]),
    };
    const warmUpPace = new Pace(performance.now(), rate);
    await sendLoad(
      client.producer,
      { ...load, run: newRun(), pace: warmUpPace, records: options.warmUp, endMs: Infinity },
      client.open(() => {}),
    );
    await client.producer.flush();

    const watch = await UsageWatch.start(job.usage);
    const run = newRun();
    const meter = new ClientMeter();
    const beginMs = performance.now();
    const pace = new Pace(beginMs, rate);
    const timeline = new Timeline(beginMs);
    const acknowledged = new LatencyMeter(beginMs);
    const consumed = new LatencyMeter(beginMs);
    const ledger = client.open((dueMs, count) => acknowledged.record(performance.now(), dueMs, count));
    const readBack = new ReadBack({
      run,
      ledger,
      isOrdered: job.configs.producerValue("enable.idempotence"),
    });
    onRecord = (partition, offset, value) => {
      const sequence = readBack.take(partition, offset, value);
      if (sequence === undefined) return;
      const nowMs = performance.now();
      consumed.record(nowMs, pace.dueMs(sequence * topic.partitionCount + partition));
      timeline.add(nowMs, 1, recordBytes);
    };
    progress.begin(() => ({
      what: describeJob(job, "sending and reading"),
      records: consumed.count,
      bytes: consumed.count * recordBytes,
      p99Ms: consumed.p99,
    }));
    await sendLoad(client.producer, { ...load, run, pace, records, endMs: beginMs + seconds * 1000 }, ledger);
    await client.producer.flush();
    await untilRead(readBack, ledger, load.signal);
    if (reading.signal.aborted) await read;
    signal.throwIfAborted();
    const doneMs = performance.now();
    const usage = meter.read(consumed.count);
    progress.end();
    const check = options.isVerified ? readBack.verdict() : undefined;
    const elapsed = (doneMs - beginMs) / 1000;
    return {
      broker: job.broker,
      round: job.round,
      records: consumed.count,
      bytes: consumed.count * recordBytes,
      seconds: elapsed,
      recordsPerSecond: consumed.count / elapsed,
      bytesPerSecond: consumed.count * recordBytes / elapsed,
      timeline: timeline.points(doneMs),
      latencies: [acknowledged.result(DUE), consumed.result(CONSUMED)],
      // The caller turns around while it waits: its time says nothing of a record.
      client: { ...usage, callerNanosecondsPerRecord: undefined },
      usage: await watch?.stop(beginMs, consumed.count),
      check,
      failures: [...refusals(ledger), ...check?.findings ?? []],
    };
  } finally {
    reading.abort();
    await read.catch(() => {});
    await consumer.close();
  }
}

async function untilRead(readBack: ReadBack, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const wanted = ledger.partitions.reduce((sum, { acknowledgedCount }) => sum + acknowledgedCount, 0);
  const deadline = performance.now() + MISSED_MS;
  while (readBack.count < wanted && performance.now() < deadline && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
