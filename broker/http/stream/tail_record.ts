/**
 * A record that streams show. At the end of a topic all who follow it share it, and it is made into JSON once in each format,
 * however many want it; what one stream has read of the log goes straight to where it is sent from.
 * @module
 */
import { ByteWriter } from "../byte_writer.ts";
import { type ReadRecord, type Shown, writeRecord } from "../records_response.ts";

export interface TailRecordOptions {
  /** Of its topic and partition: see recordHead. */
  readonly head: string;
  readonly partition: number;
  /** Its own if it is shared: no view of an answer that is large. */
  readonly record: ReadRecord;
  readonly isShared: boolean;
}

const MAX_SCRATCH_BYTES = 1024 * 1024;
/** Used again for each record, so that what is kept is as long as it must be. */
let scratch = new ByteWriter(4096);

export class TailRecord {
  readonly partition: number;
  readonly record: ReadRecord;
  readonly #head: string;
  /** Most streams want the same; few want a third. undefined: it is not shared. */
  readonly #shown: { readonly as: string; readonly json: Uint8Array }[] | undefined;

  constructor({ head, partition, record, isShared }: TailRecordOptions) {
    this.partition = partition;
    this.record = record;
    this.#head = head;
    this.#shown = isShared ? [] : undefined;
  }

  /** Bytes of its key, value and headers. */
  get byteCount(): number {
    const { key, value, headers } = this.record;
    let count = (key?.length ?? 0) + (value?.length ?? 0);
    for (const header of headers) count += header.key.length + (header.value?.length ?? 0);
    return count;
  }

  /** Writes the record as an object on one line. `as` names `shown`. */
  write(writer: ByteWriter, shown: Shown, as: string): void {
    const shared = this.#shown;
    if (shared === undefined) return writeRecord(writer, this.#head, this.record, shown);
    let found = shared.find((one) => one.as === as);
    if (found === undefined) {
      scratch.clear();
      writeRecord(scratch, this.#head, this.record, shown);
      found = { as, json: scratch.finish().slice() };
      shared.push(found);
      if (scratch.length > MAX_SCRATCH_BYTES) scratch = new ByteWriter(4096);
    }
    writer.bytes(found.json);
  }
}
