/**
 * One line as a record.
 * @module
 */
import { Buffer } from "node:buffer";
import type { Plain, ProducerRecord } from "../../client/mod.ts";
import type { RecordShape } from "./produce_options.ts";

export type Record = ProducerRecord<Plain, Plain>;

/** The record of a line, with views of it; undefined: there is none in it. Throws an Error whose message says why not. */
export type ReadLine = (line: Uint8Array) => Record | undefined;

const decoder = new TextDecoder();

/** Reads lines as `shape` says. */
export async function lineReader(shape: RecordShape): Promise<ReadLine> {
  return shape.isJson ? (await import("./json_record.ts")).jsonReader(shape) : textReader(shape);
}

export function textReader(
  { topic, key, keyDelimiter, headers, partition, hasTombstones }: RecordShape,
): ReadLine {
  const fixed = { topic, headers, ...partition === undefined ? {} : { partition } };
  const valueOf = (value: Uint8Array) => hasTombstones && value.length === 0 ? null : value;
  if (keyDelimiter === undefined) return (line) => ({ ...fixed, key, value: valueOf(line) });
  return (line) => {
    const at = indexOf(line, keyDelimiter);
    if (at < 0) throw new Error(`there is no "${decoder.decode(keyDelimiter)}" in it (--key-delimiter)`);
    return { ...fixed, key: line.subarray(0, at), value: valueOf(line.subarray(at + keyDelimiter.length)) };
  };
}

function indexOf(line: Uint8Array, wanted: Uint8Array): number {
  if (wanted.length === 1) return line.indexOf(wanted[0]!);
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).indexOf(wanted);
}
