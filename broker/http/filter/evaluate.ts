/**
 * Whether a filter's expression is true of a record. Only like is compared with like: a number in a text is no number.
 * @module
 */
import type { Comparison, Expression, TextTest, Value } from "./expression.ts";
import type { RecordFields } from "./record_fields.ts";

export function isTrue(expression: Expression, fields: RecordFields): boolean {
  switch (expression.kind) {
    case "and":
      return expression.of.every((part) => isTrue(part, fields));
    case "or":
      return expression.of.some((part) => isTrue(part, fields));
    case "not":
      return !isTrue(expression.of, fields);
    case "compare":
      return compares(expression.by, fields.get(expression.left), fields.get(expression.right));
    case "test":
      return tests(expression.by, fields.get(expression.left), fields.get(expression.right));
    case "exists":
      return fields.get(expression.of) !== undefined;
    case "is":
      return fields.get(expression.of) === true;
    case "text":
      return fields.hasText(expression.text);
  }
}

function compares(by: Comparison, left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  if (by === "==") return left === right;
  if (by === "!=") return left !== right;
  const areLike = typeof left === "number" && typeof right === "number" ||
    typeof left === "string" && typeof right === "string";
  if (!areLike) return false;
  switch (by) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function tests(by: TextTest, left: Value, right: Value): boolean {
  if (Array.isArray(left) && by === "contains") return left.includes(right);
  if (typeof left !== "string" || typeof right !== "string") return false;
  switch (by) {
    case "contains":
      return left.includes(right);
    case "startswith":
      return left.startsWith(right);
    case "endswith":
      return left.endsWith(right);
  }
}
