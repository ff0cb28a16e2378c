/**
 * `milena dump` of indexes and producer snapshots.
 * @module
 */
import { EntryReader } from "../storage/check/entry_reader.ts";
import {
  OFFSET_ENTRY_SIZE,
  readOffsetEntry,
  readTimeEntry,
  readTransactionEntry,
  TIME_ENTRY_SIZE,
  TRANSACTION_ENTRY_SIZE,
} from "../storage/check/index_layouts.ts";
import type { DiskFile } from "../storage/disk.ts";
import { decodeProducerSnapshot } from "../storage/producer_snapshot.ts";
import { type DumpOutput, type Field, field, timestampField } from "./dump_output.ts";

export type IndexKind = "index" | "timeindex" | "txnindex";

interface ShownEntry {
  readonly offset: number;
  /** What rises from entry to entry. */
  readonly order: readonly number[];
  readonly fields: readonly Field[];
}

interface Layout {
  readonly entrySize: number;
  read(view: DataView, baseOffset: number): ShownEntry;
}

const layouts: Readonly<Record<IndexKind, Layout>> = {
  index: {
    entrySize: OFFSET_ENTRY_SIZE,
    read(view, baseOffset) {
      const { offset, position } = readOffsetEntry(view, baseOffset);
      const fields = [field("offset", offset, { width: 18 }), field("position", position)];
      return { offset, order: [offset, position], fields };
    },
  },
  timeindex: {
    entrySize: TIME_ENTRY_SIZE,
    read(view, baseOffset) {
      const { timestamp, offset } = readTimeEntry(view, baseOffset);
      const fields = [timestampField("timestamp", timestamp, { width: 34 }), field("offset", offset)];
      return { offset, order: [timestamp, offset], fields };
    },
  },
  txnindex: {
    entrySize: TRANSACTION_ENTRY_SIZE,
    read(view) {
      const { version, producerId, firstOffset, lastOffset, lastStableOffset } = readTransactionEntry(view);
      const fields = [
        field("version", version),
        field("producerId", producerId, { width: 18 }),
        field("firstOffset", firstOffset, { width: 18 }),
        field("lastOffset", lastOffset, { width: 18 }),
        field("lastStableOffset", lastStableOffset),
      ];
      return { offset: lastOffset, order: [lastOffset], fields };
    },
  },
};

export interface DumpIndexOptions {
  readonly kind: IndexKind;
  readonly baseOffset: number;
  /** Nothing before this offset. */
  readonly fromOffset: number;
}

export function dumpIndex(
  file: DiskFile,
  output: DumpOutput,
  { kind, baseOffset, fromOffset }: DumpIndexOptions,
): void {
  const layout = layouts[kind];
  const reader = new EntryReader(file, layout.entrySize);
  let last: readonly number[] = [];
  for (let view = reader.next(); view !== undefined; view = reader.next()) {
    const entry = layout.read(view, baseOffset);
    if (!rises(last, entry.order)) {
      if (isZero(view) && reader.isZeroFromHere()) {
        const size = file.size() - reader.position;
        // Kafka sets room aside; only after a clean close there is none.
        output.heading("zeros", [field("position", reader.position), field("size", size)]);
        return;
      }
      output.bad("the entry does not rise", [field("position", reader.position)]);
    }
    last = entry.order;
    if (entry.offset >= fromOffset && !output.item("entry", entry.fields)) return;
  }
  if (reader.tornBytes > 0) {
    const position = file.size() - reader.tornBytes;
    output.bad(`${reader.tornBytes} bytes are left, and an entry has ${layout.entrySize}`, [
      field("position", position),
    ]);
  }
}

function rises(last: readonly number[], next: readonly number[]): boolean {
  return last.every((value, index) => value < next[index]!);
}

function isZero(view: DataView): boolean {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).every((byte) => byte === 0);
}

export function dumpSnapshot(bytes: Uint8Array, output: DumpOutput): void {
  const entries = decodeProducerSnapshot(bytes);
  if (typeof entries === "string") return output.bad(entries);
  for (const entry of entries) {
    const fields = [
      field("producerId", entry.producerId, { width: 18 }),
      field("producerEpoch", entry.epoch, { width: 18 }),
      field("lastSequence", entry.lastSequence, { width: 20 }),
      field("lastOffset", entry.lastOffset, { width: 20 }),
      field("offsetDelta", entry.offsetDelta, { width: 16 }),
      timestampField("lastTimestamp", entry.timestamp, { width: 38 }),
      field("coordinatorEpoch", entry.coordinatorEpoch, { unless: -1 }),
      field("currentTransactionFirstOffset", entry.currentTransactionFirstOffset, { unless: -1 }),
    ];
    if (!output.item("entry", fields)) return;
  }
}
