/**
 * `--filter`: the language of the HTTP API.
 * @module
 */
import { isTrue } from "../../broker/http/filter/evaluate.ts";
import { FilterSyntaxError, parseExpression } from "../../broker/http/filter/parse_expression.ts";
import { RecordFields } from "../../broker/http/filter/record_fields.ts";
import { CommandFailure, ExitCode } from "../command.ts";
import type { ShownRecord } from "./record_format.ts";

/** Throws a CommandFailure for what can't be read. */
export function recordFilter(text: string): (record: ShownRecord) => boolean {
  try {
    const expression = parseExpression(text);
    return (record) => isTrue(expression, new RecordFields(record, record.partition));
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    throw new CommandFailure(
      `--filter cannot be read at column ${error.column}: ${error.message}`,
      ExitCode.USAGE,
    );
  }
}
