/**
 * A result with two brokers and two runs each, for tests of what is made of results.
 * @module
 */
import { SeededRandom } from "../../../tests/support/random.ts";
import { Histogram } from "../histogram.ts";
import { latencyResult } from "../latency_result.ts";
import type { PerfResult, RunResult } from "../result.ts";

export function sampleResult(brokers: readonly string[] = ["Milena", "Apache Kafka"]): PerfResult {
  const random = new SeededRandom(7);
  return {
    subject: "produce",
    commandLine:
      "milena perf produce --against Milena=127.0.0.1:9092 --against 'Apache Kafka=127.0.0.1:19092' --runs 2",
    date: "2026-11-25T12:00:00.000Z",
    machine: { processor: "A & B", cores: 2, memoryGiB: 24, kernel: "6.18", architecture: "x86_64" },
    versions: { client: "Milena 0.1.0", Deno: "2.9.6" },
    workload: "8,000,000 records of 100 bytes, 6 partitions, not compressed",
    setup: { "Record size": "100 bytes", Compression: "none", Partitions: "6" },
    runs: [0, 1].flatMap((round) =>
      (round === 0 ? brokers : brokers.toReversed()).map((broker) =>
        sampleRun(random, broker, brokers.indexOf(broker), round + 1)
      )
    ),
  };
}

function sampleRun(random: SeededRandom, broker: string, slowness: number, round: number): RunResult {
  const seconds = 6 + slowness * 4 + round / 5;
  const records = 8_000_000;
  const histogram = new Histogram();
  for (let at = 0; at < 20_000; at++) {
    const sum = Array.from({ length: 6 }, () => random.below(1000)).reduce((sum, one) => sum + one, 0);
    histogram.record((1 + slowness) * 1000 * 2 ** (sum / 1500) + (random.below(200) === 0 ? 40_000 : 0));
  }
  const times = (step: number) =>
    Array.from({ length: Math.floor(seconds / step) }, (_, at) => (at + 0.5) * step);
  const rate = records / seconds;
  const peaks = times(0.1).map((at) => ({
    seconds: at,
    value: 8 + random.below(random.below(20) === 0 ? 50 : 6),
  }));
  return {
    broker,
    round,
    records,
    bytes: records * 100,
    seconds,
    recordsPerSecond: rate,
    bytesPerSecond: rate * 100,
    timeline: times(0.1).map((at) => {
      const recordsPerSecond = rate * (at < 1 ? 0.4 + at * 0.6 : 0.9 + random.below(100) / 500);
      return { seconds: at, recordsPerSecond, bytesPerSecond: recordsPerSecond * 100 };
    }),
    latencies: [latencyResult("appended → acknowledged", histogram, peaks)],
    client: { cpuSeconds: seconds * 1.4, callerSeconds: seconds * 0.6, callerNanosecondsPerRecord: 312.4 },
    usage: {
      source: "process 1234",
      cpuSeconds: seconds * (0.4 + slowness / 2),
      cpuSecondsPerMillionRecords: seconds * (0.4 + slowness / 2) / 8,
      maxResidentBytes: 120e6 * (1 + slowness * 7),
      samples: times(0.5).map((at) => ({
        seconds: at,
        processors: 0.4 + slowness / 2 + random.below(100) / 500,
        residentBytes: 100e6 * (1 + slowness * 7) + at * 3e6,
      })),
    },
    check: {
      ...{ sent: records, acknowledged: records, refused: 0, readBack: records, missing: 0, doubled: 0 },
      ...{ damaged: 0, misplaced: 0, disordered: 0, foreign: 0, findings: [] },
    },
    failures: [],
  };
}
