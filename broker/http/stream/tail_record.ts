/**
 * A record at the end of a topic, as all who follow it share it: shown once in each format, however many want it.
 * @module
 */
import { ByteWriter } from "../byte_writer.ts";
import { type ReadRecord, recordHead, type Shown, writeRecord } from "../records_response.ts";

const MAX_SCRATCH_BYTES = 1024 * 1024;
/** Used again for each record, so that what is kept is as long as it must be. */
let scratch = new ByteWriter(4096);

export class TailRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: ReadRecord;
  /** Most streams want the same; few want a third. */
  #shown: { readonly as: string; readonly json: Uint8Array }[] = [];

  /** `record` must be its own: no view of an answer that is large. */
  constructor(topic: string, partition: number, record: ReadRecord) {
    this.topic = topic;
    this.partition = partition;
    this.record = record;
  }

  /** Bytes of its key, value and headers. */
  get byteCount(): number {
    const { key, value, headers } = this.record;
    let count = (key?.length ?? 0) + (value?.length ?? 0);
    for (const header of headers) count += header.key.length + (header.value?.length ?? 0);
    return count;
  }

  /** The record as an object on one line. `as` names `shown`. */
  json(shown: Shown, as: string): Uint8Array {
    let found = this.#shown.find((one) => one.as === as);
    if (found === undefined) {
      scratch.clear();
      writeRecord(scratch, recordHead(this.topic, this.partition), this.record, shown);
      found = { as, json: scratch.finish().slice() };
      this.#shown.push(found);
      if (scratch.length > MAX_SCRATCH_BYTES) scratch = new ByteWriter(4096);
    }
    return found.json;
  }
}
