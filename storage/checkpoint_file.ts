/**
 * Kafka's checkpoint files: text, a version line, a count line, and a line for each entry. Three kinds:
 * offsets of partitions (`TOPIC PARTITION OFFSET`: recovery points, log start offsets) and leader epochs
 * (`EPOCH START_OFFSET`).
 * @module
 */
import { formatPartitionDirectory } from "./file_names.ts";

const VERSION = 0;

export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface EpochStart {
  readonly epoch: number;
  /** First offset written in this epoch. */
  readonly startOffset: number;
}

export function formatOffsetCheckpoint(offsets: readonly PartitionOffset[]): string {
  return formatLines(offsets.map(({ topic, partition, offset }) => `${topic} ${partition} ${offset}`));
}

/** Offsets by partition directory ("topic-0"), or, as a string, why the text is no checkpoint. */
export function parseOffsetCheckpoint(text: string): Map<string, number> | string {
  const lines = parseLines(text);
  if (typeof lines === "string") return lines;
  const offsets = new Map<string, number>();
  for (const line of lines) {
    const [topic, partition, offset, more] = line.split(" ");
    if (topic === undefined || !isNumber(partition) || !isNumber(offset) || more !== undefined) {
      return `"${line}" is not a topic, a partition and an offset`;
    }
    offsets.set(formatPartitionDirectory(topic, Number(partition)), Number(offset));
  }
  return offsets;
}

export function formatEpochCheckpoint(epochs: readonly EpochStart[]): string {
  return formatLines(epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`));
}

/** Epochs in order, or, as a string, why the text is no checkpoint. */
export function parseEpochCheckpoint(text: string): EpochStart[] | string {
  const lines = parseLines(text);
  if (typeof lines === "string") return lines;
  const epochs: EpochStart[] = [];
  for (const line of lines) {
    const [epoch, startOffset, more] = line.split(" ");
    if (!isNumber(epoch) || !isNumber(startOffset) || more !== undefined) {
      return `"${line}" is not an epoch and an offset`;
    }
    const entry = { epoch: Number(epoch), startOffset: Number(startOffset) };
    const last = epochs[epochs.length - 1];
    if (last !== undefined && (entry.epoch <= last.epoch || entry.startOffset < last.startOffset)) {
      return `epoch ${entry.epoch} from ${entry.startOffset} can't follow epoch ${last.epoch} from ${last.startOffset}`;
    }
    epochs.push(entry);
  }
  return epochs;
}

function formatLines(lines: readonly string[]): string {
  return [VERSION, lines.length, ...lines].join("\n") + "\n";
}

function parseLines(text: string): string[] | string {
  const [version, count, ...lines] = text.split("\n");
  if (version !== String(VERSION)) return `its first line is "${version}", not version ${VERSION}`;
  if (lines.pop() !== "") return "its last line has no end";
  if (!isNumber(count) || lines.length !== Number(count)) {
    return `it says ${count} entries and has ${lines.length}`;
  }
  return lines;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,16}$/.test(text);
}
