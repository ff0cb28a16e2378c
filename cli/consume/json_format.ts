/**
 * Records as the HTTP API shows them, a line each: what `milena produce --input json` takes and writes again, byte for byte.
 * @module
 */
import type { ByteWriter } from "../../broker/http/byte_writer.ts";
import { PLAIN_FORMATS } from "../../broker/http/media_types.ts";
import { recordHead, shownAs, writeRecord } from "../../broker/http/records_response.ts";
import type { RecordFormat, ShownRecord } from "./record_format.ts";

const SHOWN = shownAs(PLAIN_FORMATS, { isExact: true });

export class JsonFormat implements RecordFormat {
  /** By topic and partition. */
  readonly #heads = new Map<string, string[]>();

  write(writer: ByteWriter, record: ShownRecord): void {
    writeRecord(writer, this.#head(record.topic, record.partition), record, SHOWN);
    writer.text("\n");
  }

  #head(topic: string, partition: number): string {
    let heads = this.#heads.get(topic);
    if (heads === undefined) this.#heads.set(topic, heads = []);
    return heads[partition] ??= recordHead(topic, partition);
  }
}
