/**
 * What there is to say of a record without showing it.
 * @module
 */
import type { ByteWriter } from "../../broker/http/byte_writer.ts";
import type { RecordFormat, ShownRecord } from "./record_format.ts";

export class MetaFormat implements RecordFormat {
  /** Sizes in bytes; null where there is no key, or no value. */
  write(writer: ByteWriter, record: ShownRecord): void {
    const { topic, partition, offset, timestamp, key, value, headers } = record;
    const line = {
      topic,
      partition,
      offset,
      timestamp: timestamp < 0 ? null : timestamp,
      key_size: key?.length ?? null,
      value_size: value?.length ?? null,
      headers: headers.map(({ key, value }) => ({ key, value_size: value?.length ?? null })),
    };
    writer.text(`${JSON.stringify(line)}\n`);
  }
}
