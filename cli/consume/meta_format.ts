/**
 * What there is to say of a record without showing it.
 * @module
 */
import type { ByteWriter } from "../../broker/http/byte_writer.ts";
import type { LogRecord } from "../../protocol/records.ts";
import type { Place, RecordFormat } from "./record_format.ts";

export class MetaFormat implements RecordFormat {
  /** Sizes in bytes; null where there is no key, or no value. */
  write(writer: ByteWriter, { topic, partition }: Place, record: LogRecord): void {
    const { offset, timestamp, key, value, headers } = record;
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
