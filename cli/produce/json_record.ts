/**
 * One line of JSON as a record, in the shape that the HTTP API takes.
 *
 * What must be true: a value is stored as it stands in the line, digit for digit and with its white space, so that what
 * `milena consume --format json` shows is written again byte for byte.
 * @module
 */
import { PLAIN_FORMATS } from "../../broker/http/media_types.ts";
import { lineReader } from "../../broker/http/record_lines.ts";
import type { ReadLine } from "./line_record.ts";
import type { RecordShape } from "./produce_options.ts";

/** What `shape` says goes before what lines say of their partition; its headers come behind theirs. */
export function jsonReader({ topic, headers, partition }: RecordShape): ReadLine {
  const read = lineReader({ kind: "records", formats: PLAIN_FORMATS, isJson: true }, { keepsSpaces: true });
  return (line) => {
    const found = read(line);
    if (found === undefined) return undefined;
    const toPartition = partition ?? found.partition;
    return {
      topic,
      key: found.key,
      value: found.value,
      headers: headers.length === 0 ? found.headers : [...found.headers, ...headers],
      ...toPartition === undefined ? {} : { partition: toPartition },
      ...found.timestamp === undefined ? {} : { timestamp: found.timestamp },
    };
  };
}
