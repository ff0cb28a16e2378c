/**
 * Has Kafka's own reader judge a data directory: every batch valid, every index entry true, and nothing it could not
 * read.
 * @module
 */
import assert from "node:assert/strict";
import { dumpLog } from "./peers.ts";

export interface DumpFigures {
  readonly segments: number;
  readonly records: number;
  readonly offsetIndexEntries: number;
  readonly timeIndexEntries: number;
  readonly snapshots: number;
}

/**
 * What DumpLogSegments prints when something is wrong, from its source; it goes on and ends with exit code 0. Every
 * segment but a log's first it calls "non-consecutive", as -1 is followed by the base offset: that is no complaint.
 */
const complaints =
  /isvalid: false|Mismatches in|Found timestamp mismatch|Found out of order|not found in the log|\d is followed by|invalid bytes at the end|should not be|Exception|corrupt/i;
const noComplaint = /^\s*-1 is followed by/;

/**
 * Throws with Kafka's words if it complains about any of the `files`; else says what it saw. It reads a log from its
 * beginning for each entry of the time index: many large segments take it minutes.
 */
export async function assertKafkaCanRead(files: readonly string[]): Promise<DumpFigures> {
  const figures = { segments: 0, records: 0, offsetIndexEntries: 0, timeIndexEntries: 0, snapshots: 0 };
  assert.ok(files.length > 0, "no segment files");
  const output = await dumpLog(files);
  for (const line of output.split("\n")) {
    if (!noComplaint.test(line)) {
      assert.doesNotMatch(line, complaints, `Kafka's reader: ${context(output, line)}`);
    }
    if (line.startsWith("baseOffset: ")) figures.records += Number(/ count: (\d+)/.exec(line)![1]);
    else if (line.startsWith("timestamp: ")) figures.timeIndexEntries++;
    else if (/^offset: \d+ position: /.test(line)) figures.offsetIndexEntries++;
  }
  figures.segments = files.filter((file) => file.endsWith(".log")).length;
  figures.snapshots = files.filter((file) => file.endsWith(".snapshot")).length;
  return figures;
}

/** The segment, index and snapshot files of all partitions in `dataDirectory`, by partition and offset. */
export function partitionFiles(dataDirectory: string): string[] {
  const wanted = /\.(log|index|timeindex|txnindex|snapshot)$/;
  const files: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(dataDirectory)) {
    if (!isDirectory || !/-\d+$/.test(name)) continue;
    for (const file of Deno.readDirSync(`${dataDirectory}/${name}`)) {
      if (wanted.test(file.name)) files.push(`${dataDirectory}/${name}/${file.name}`);
    }
  }
  return files.sort();
}

function context(output: string, line: string): string {
  const at = output.indexOf(line);
  return output.slice(Math.max(0, at - 300), at + 1000);
}
