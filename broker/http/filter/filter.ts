/**
 * A filter over records: an expression of our own, evaluated in the broker before a byte leaves it.
 *
 *     value.total > 100 && headers.region == "eu" && !startswith(key, "test-")
 *
 * What must be true: an expression is read once, and refused with the column of what is wrong; what it costs for a record
 * is bounded by its length and the record's, whoever wrote it (there is no loop, and no pattern that goes back); a field
 * that is not there makes a comparison false, and nothing makes it fail.
 * @module
 */
import { badParameter } from "../api_error.ts";
import type { TailRecord } from "../stream/tail_record.ts";
import type { Expression } from "./expression.ts";
import { isTrue } from "./evaluate.ts";
import { FilterSyntaxError, parseExpression } from "./parse_expression.ts";
import { RecordFields } from "./record_fields.ts";

export class Filter {
  readonly #expression: Expression;

  constructor(expression: Expression) {
    this.#expression = expression;
  }

  matches({ record, partition }: Pick<TailRecord, "record" | "partition">): boolean {
    return isTrue(this.#expression, new RecordFields(record, partition));
  }
}

/** Throws an ApiError 400. */
export function parseFilter(text: string): Filter {
  try {
    return new Filter(parseExpression(text));
  } catch (error) {
    if (!(error instanceof FilterSyntaxError)) throw error;
    throw badParameter(`The filter cannot be read at column ${error.column}: ${error.message}.`);
  }
}
