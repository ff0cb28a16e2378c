/**
 * One line of a body as a record.
 * @module
 */
import { isUtf8 } from "node:buffer";
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { JsonError, JsonScanner } from "./json_scanner.ts";
import type { LineType } from "./media_types.ts";
import { parseRecord, type RecordToWrite } from "./records_request.ts";

const CARRIAGE_RETURN = 0x0d;
const NO_HEADERS: RecordToWrite["headers"] = [];

/** The record of a line, as a view of it; undefined for a line that is blank where it should be JSON. Throws an ApiError 422. */
export type ReadLine = (line: Uint8Array) => RecordToWrite | undefined;

/** Reads lines of `type`. `keepsSpaces`: with the white space between tokens of what is JSON in them. */
export function lineReader({ kind, formats, isJson }: LineType, { keepsSpaces = false } = {}): ReadLine {
  const scanner = new JsonScanner(new Uint8Array(), 0, { keepsSpaces });
  if (kind === "values" && !isJson) return (line) => valueOnly(withoutReturn(line));
  return (line) => {
    scanner.reset(line);
    try {
      if (scanner.peek() === "end") return undefined;
      const record = kind === "values" ? valueOnly(scanner.raw()) : parseRecord(scanner, formats, "record");
      scanner.end();
      if (!scanner.nonAscii || isUtf8(line)) return record;
    } catch (error) {
      if (error instanceof JsonError) throw notJson(`column ${error.column}: ${error.complaint}`);
      throw error;
    }
    throw notJson("it is not UTF-8, so it is not JSON.");
  };
}

function valueOnly(value: Uint8Array): RecordToWrite {
  return { key: null, value, headers: NO_HEADERS, timestamp: undefined, partition: undefined };
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

function notJson(message: string): ApiError {
  return new ApiError(422, ApiErrorCode.NOT_JSON, message);
}
