/**
 * `milena perf consume`: how fast records come out of a topic, which is filled first if none is named.
 * @module
 */
import { showCount, showMany } from "../units.ts";
import { ClientMeter } from "./client_meter.ts";
import type { Ledger, PartitionLedger } from "./ledger.ts";
import { Pace } from "./pace.ts";
import { describeJob, LedgerProducer, newRun, type PerfJob, recordsPerBatch, refusals } from "./perf_job.ts";
import { type OffsetRange, offsetRanges, type PerfTopic, withPerfTopic } from "./perf_topic.ts";
import type { CheckResult } from "./read_back.ts";
import { readTopic } from "./read_topic.ts";
import type { RunResult } from "./result.ts";
import { sendLoad } from "./send_load.ts";
import { Timeline } from "./timeline.ts";
import { UsageWatch } from "./usage_watch.ts";

/** The clock is looked at once for so many records: that costs more than to read one. */
const RECORDS_PER_LOOK = 256;

export async function consumeRun(job: PerfJob): Promise<RunResult> {
  using cluster = job.configs.cluster();
  return await withPerfTopic(cluster, job.options, async (topic) => {
    const ledger = job.options.topic === undefined ? await fill(job, topic) : undefined;
    const ranges = await offsetRanges(cluster, topic);
    if (job.options.warmUp > 0) {
      let left = job.options.warmUp;
      await readTopic(job, {
        topic: topic.name,
        ranges,
        onRecord: () => void left--,
        isEnough: () => left <= 0,
      });
    }
    job.signal.throwIfAborted();
    return await measure(job, topic, ranges, ledger);
  });
}

async function measure(
  job: PerfJob,
  topic: PerfTopic,
  ranges: readonly OffsetRange[],
  ledger: Ledger | undefined,
): Promise<RunResult> {
  const { records: most, seconds: mostSeconds } = job.options;
  const watch = await UsageWatch.start(job.usage);
  const offsets = new OffsetCheck(ranges);
  const meter = new ClientMeter();
  const beginMs = performance.now();
  const timeline = new Timeline(beginMs);
  let records = 0;
  let bytes = 0;
  let told = 0;
  let toldBytes = 0;
  let isOver = false;
  const tell = () => {
    const nowMs = performance.now();
    timeline.add(nowMs, records - told, bytes - toldBytes);
    told = records;
    toldBytes = bytes;
    isOver = nowMs - beginMs >= mostSeconds * 1000;
  };
  job.progress.begin(() => ({ what: describeJob(job, "reading"), records, bytes }));
  await readTopic(job, {
    topic: topic.name,
    ranges,
    onRecord(partition, offset, value) {
      offsets.take(partition, offset);
      records++;
      bytes += value?.length ?? 0;
      if (records % RECORDS_PER_LOOK === 0) tell();
    },
    isEnough: () => isOver || records >= most,
  });
  tell();
  const doneMs = performance.now();
  const client = meter.read(records);
  job.progress.end();
  const elapsed = (doneMs - beginMs) / 1000;
  const check = ledger === undefined ? undefined : offsets.result(ledger, records, !isOver);
  return {
    broker: job.broker,
    round: job.round,
    records,
    bytes,
    seconds: elapsed,
    recordsPerSecond: records / elapsed,
    bytesPerSecond: bytes / elapsed,
    timeline: timeline.points(doneMs),
    latencies: [],
    client,
    usage: await watch?.stop(beginMs, records),
    check,
    failures: ledger === undefined ? [] : [...refusals(ledger), ...check?.findings ?? []],
  };
}

/** Sends the records that are read then, and tells what became of them. */
async function fill(job: PerfJob, topic: PerfTopic): Promise<Ledger> {
  const { payload, signal, options, progress } = job;
  await using client = await LedgerProducer.start(job, topic);
  let records = 0;
  const ledger = client.open((_dueMs, count) => void (records += count));
  progress.begin(() => ({
    what: describeJob(job, "filling"),
    records,
    bytes: records * options.recordBytes,
  }));
  await sendLoad(client.producer, {
    ...{ topic: topic.name, payload, signal: client.signal, run: newRun(), endMs: Infinity },
    recordsPerTurn: recordsPerBatch(job),
    pace: new Pace(performance.now(), 0),
    records: options.records === Infinity ? FILLED : options.records,
  }, ledger);
  await client.producer.flush();
  progress.end();
  signal.throwIfAborted();
  return ledger;
}

/** Where only a duration is given. */
const FILLED = 1_000_000;

/**
 * Whether each record of what was filled came exactly once. Nothing has been compacted away there and nothing is of a
 * transaction, so every offset has a record, and that is held against the offsets that come: looking into each record
 * would be a part of what is measured.
 */
export class OffsetCheck {
  readonly #next: number[] = [];
  readonly #findings: string[] = [];

  constructor(ranges: readonly OffsetRange[]) {
    for (const { partition, from } of ranges) this.#next[partition] = from;
  }

  take(partition: number, offset: number): void {
    const next = this.#next[partition]!;
    if (offset !== next) this.#wrong(partition, next, offset);
    this.#next[partition] = offset + 1;
  }

  /** `records`: all that have come. `isWhole`: the topic was read to its end. */
  result(ledger: Ledger, records: number, isWhole: boolean): CheckResult {
    const sum = (figure: (of: PartitionLedger) => number) =>
      ledger.partitions.reduce((sum, partition) => sum + figure(partition), 0);
    const acknowledged = sum(({ acknowledgedCount }) => acknowledgedCount);
    const missing = isWhole ? Math.max(0, acknowledged - records) : 0;
    return {
      ...{ sent: sum(({ sent }) => sent), acknowledged, refused: sum(({ refusedCount }) => refusedCount) },
      ...{ readBack: records, missing, doubled: 0, damaged: 0, misplaced: 0, disordered: 0, foreign: 0 },
      findings: [
        ...this.#findings,
        ...missing > 0 ? [`${showMany(missing, "acknowledged record")} did not come`] : [],
      ],
    };
  }

  #wrong(partition: number, wanted: number, found: number): void {
    // One of them says enough.
    if (this.#findings.length > 0) return;
    this.#findings.push(
      `partition ${partition}: the record at offset ${showCount(found)} came where ${
        showCount(wanted)
      } was next`,
    );
  }
}
