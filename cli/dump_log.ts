/**
 * `milena dump` of a log: its batches, and the records in them.
 * @module
 */
import { type BatchHeader, batchHeader } from "../protocol/batch_header.ts";
import { controlRecordType, decodeRecords, type LogRecord, RecordsError } from "../protocol/records.ts";
import type { RecordBatch } from "../protocol/record_batch.ts";
import { MAX_RECORDS_BYTES } from "../storage/check/segment_check.ts";
import type { DiskFile } from "../storage/disk.ts";
import { surveyLog } from "../storage/log_survey.ts";
import { bytesFields, type DumpOutput, type Field, field, jsonField, timestampField } from "./dump_output.ts";
import type { JsonValue } from "./json_line.ts";

export interface DumpLogOptions {
  /** Of the segment; undefined if its name does not say. */
  readonly baseOffset: number | undefined;
  readonly withRecords: boolean;
  /** Nothing before this offset. */
  readonly fromOffset: number;
  readonly onProgress: (bytes: number) => void;
}

export function dumpLog(file: DiskFile, output: DumpOutput, options: DumpLogOptions): void {
  const { baseOffset = 0, fromOffset, onProgress, withRecords } = options;
  // Gaps are compaction's, and whether a log may have any is for verify to say.
  const limits = { baseOffset, recoveryPoint: Infinity, latestEpoch: Infinity };
  surveyLog(file, limits, {
    onBatch: (batch, position) => {
      onProgress(batch.sizeInBytes);
      if (batch.lastOffset < fromOffset) return;
      const fields = batchFields(batchHeader(batch), position, batch.crc);
      if (!withRecords) return output.item("batch", fields);
      output.heading("batch", fields);
      return dumpRecords(batch, position, output, fromOffset);
    },
    onBad: ({ position, offset, problem }, header) => {
      const place = [field("position", position), field("offset", offset)];
      output.bad(problem, place);
      if (header !== undefined) {
        output.heading("as", batchFields(batchHeader(header), position, computedCrc(header, file, position)));
      }
    },
    onBadEnd: ({ position }, end, tail) => {
      onProgress(end - position);
      const after = tail === "damaged"
        ? "a good batch follows"
        : tail === "zeros"
        ? "all zeros"
        : "to the end";
      output.heading("skipped", [
        field("position", position),
        field("end", end),
        field("size", end - position),
        field("behind", after),
      ]);
    },
  });
}

/** The checksum that it should carry; undefined if it says that it is longer than the file. */
function computedCrc(header: RecordBatch, file: DiskFile, position: number): number | undefined {
  return position + header.sizeInBytes <= file.size() && header.bytes.length === header.sizeInBytes
    ? header.computeCrc()
    : undefined;
}

function batchFields(header: BatchHeader, position: number, crc: number | undefined): Field[] {
  const isValid = header.crc === crc;
  return [
    field("baseOffset", header.baseOffset, { width: 18 }),
    field("lastOffset", header.lastOffset, { width: 18 }),
    field("position", position, { width: 18 }),
    field("size", header.sizeInBytes, { width: 12 }),
    field("count", header.recordCount, { width: 10 }),
    field("codec", header.codec, { width: 12 }),
    { name: "crc", text: () => isValid ? "ok" : "BAD", json: header.crc, width: 7 },
    jsonField("isValid", isValid),
    jsonField("computedCrc", isValid ? undefined : crc ?? null),
    field("leaderEpoch", header.leaderEpoch, { width: 14 }),
    timestampField("maxTimestamp", header.maxTimestamp, { width: 37 }),
    jsonField("baseTimestamp", header.baseTimestamp),
    field("timestampType", header.timestampType, { unless: "CreateTime" }),
    field("producerId", header.producerId, { unless: -1 }),
    field("producerEpoch", header.producerEpoch, { unless: -1 }),
    field("baseSequence", header.baseSequence, { unless: -1 }),
    field("lastSequence", header.lastSequence, { unless: -1 }),
    field("isTransactional", header.isTransactional, { unless: false }),
    field("isControl", header.isControl, { unless: false }),
    ...header.deleteHorizonMs === undefined ? [] : [timestampField("deleteHorizon", header.deleteHorizonMs)],
    field("magic", header.magic, { unless: 2 }),
  ];
}

/** Returns false when the last one wanted was printed. */
function dumpRecords(
  batch: RecordBatch,
  position: number,
  output: DumpOutput,
  fromOffset: number,
): boolean {
  const { isControl, baseOffset } = batch;
  try {
    for (const record of decodeRecords(batch, { maxBytes: MAX_RECORDS_BYTES })) {
      if (record.offset < fromOffset) continue;
      if (!output.item("record", recordFields(record, isControl))) return false;
    }
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    output.bad(error.message, [field("position", position), field("offset", baseOffset)]);
  }
  return true;
}

function recordFields({ offset, timestamp, key, value, headers }: LogRecord, isControl: boolean): Field[] {
  return [
    field("offset", offset, { width: 18 }),
    timestampField("timestamp", timestamp, { width: 34 }),
    ...isControl ? controlFields(key, value) : [],
    ...bytesFields("key", key, 16),
    ...bytesFields("value", value),
    ...headers.length === 0 ? [] : [headersField(headers)],
  ];
}

function headersField(headers: LogRecord["headers"]): Field {
  const shown = headers.map(({ key, value }) => {
    const fields = bytesFields("value", value);
    const json: Record<string, JsonValue | undefined> = { key };
    for (const { name, json: member } of fields) json[name] = member;
    return { text: () => `${JSON.stringify(key)}: ${fields[0]!.text()}`, json };
  });
  return {
    name: "headers",
    text: () => `{${shown.map(({ text }) => text()).join(", ")}}`,
    json: shown.map(({ json }) => json),
    width: 0,
  };
}

/** The types that KRaft adds to a transaction's two, by number. */
const KRAFT_TYPES: Readonly<Record<number, string>> = {
  2: "leader-change",
  3: "snapshot-header",
  4: "snapshot-footer",
  5: "kraft-version",
  6: "kraft-voters",
};

function controlFields(key: Uint8Array | null, value: Uint8Array | null): Field[] {
  if (key === null || key.length < 4) return [field("control", "unreadable")];
  const number = new DataView(key.buffer, key.byteOffset).getInt16(2);
  const type = controlRecordType(key);
  const fields = [field("control", type ?? KRAFT_TYPES[number] ?? number)];
  if (type !== undefined && value !== null && value.length >= 6) {
    fields.push(field("coordinatorEpoch", new DataView(value.buffer, value.byteOffset).getInt32(2)));
  }
  return fields;
}
