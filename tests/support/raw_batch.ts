/**
 * Record batches built by hand, true by default and lying where told to. The CRC is that of the lies, unless it is the
 * lie itself.
 * @module
 */
import { crc32c } from "../../protocol/crc32c.ts";
import { type Bytes, concat, int16, int32, int64, int8, uint32, utf8, varint } from "./wire.ts";

export interface BatchFields {
  readonly baseOffset: number | bigint;
  readonly batchLength: number;
  readonly leaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number | bigint;
  readonly maxTimestamp: number | bigint;
  readonly producerId: number | bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
  readonly records: Uint8Array;
}

/** A batch of records without keys and headers. */
export function batch(values: readonly (string | Uint8Array)[], fields: Partial<BatchFields> = {}): Bytes {
  const now = Date.now();
  const records = fields.records ?? concat(...values.map((value, index) => record(value, index)));
  const covered = concat(
    int16(fields.attributes ?? 0),
    int32(fields.lastOffsetDelta ?? values.length - 1),
    int64(fields.baseTimestamp ?? now),
    int64(fields.maxTimestamp ?? now),
    int64(fields.producerId ?? -1),
    int16(fields.producerEpoch ?? -1),
    int32(fields.baseSequence ?? -1),
    int32(fields.recordCount ?? values.length),
    records,
  );
  return concat(
    int64(fields.baseOffset ?? 0),
    int32(fields.batchLength ?? 4 + 1 + 4 + covered.length),
    int32(fields.leaderEpoch ?? -1),
    int8(fields.magic ?? 2),
    uint32(fields.crc ?? crc32c(covered)),
    covered,
  );
}

function record(value: string | Uint8Array, offsetDelta: number): Bytes {
  const bytes = typeof value === "string" ? utf8(value) : value;
  const body = concat(
    int8(0),
    varint(0),
    varint(offsetDelta),
    varint(-1),
    varint(bytes.length),
    bytes,
    varint(0),
  );
  return concat(varint(body.length), body);
}

/** The values of the records in uncompressed batches, with their offsets: the inverse of {@link batch}. */
export function* readBatches(bytes: Uint8Array): Generator<{ offset: number; value: string }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let position = 0;
  while (position + 61 <= bytes.length) {
    const size = 12 + view.getInt32(position + 8);
    if (position + size > bytes.length) return; // a fetch may end within a batch
    const baseOffset = Number(view.getBigInt64(position));
    const count = view.getInt32(position + 57);
    let at = position + 61;
    const next = (): number => {
      let value = 0;
      for (let shift = 0;; shift += 7) {
        const byte = bytes[at++]!;
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
    };
    for (let index = 0; index < count; index++) {
      const end = next() + at;
      at += 1; // attributes
      next(); // timestamp delta
      const offset = baseOffset + next();
      const keyLength = next();
      at += Math.max(0, keyLength);
      const length = next();
      yield { offset, value: decoder.decode(bytes.subarray(at, at + length)) };
      at = end;
    }
    position += size;
  }
}
