/**
 * A record at the end of a topic, as all who follow it share it: shown once in each format, however many want it.
 * @module
 */
import { ByteWriter } from "../byte_writer.ts";
import { type ReadRecord, recordHead, type Shown, writeRecord } from "../records_response.ts";

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

  /** The record as an object on one line. `as` names `shown`. */
  json(shown: Shown, as: string): Uint8Array {
    let found = this.#shown.find((one) => one.as === as);
    if (found === undefined) {
      const writer = new ByteWriter(256);
      writeRecord(writer, recordHead(this.topic, this.partition), this.record, shown);
      found = { as, json: writer.finish() };
      this.#shown.push(found);
    }
    return found.json;
  }
}
