/**
 * What a filter is made of. Types only.
 * @module
 */

/** A value that is compared; undefined: it is not there. */
export type Value = string | number | boolean | null | undefined | object;

/** A step into a JSON value: a member's name or an element's index. */
export type Step = string | number;

export type Operand =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "field"; readonly field: "key" | "partition" | "offset" | "timestamp" }
  | { readonly kind: "header"; readonly name: string }
  | { readonly kind: "value"; readonly path: readonly Step[] };

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** Functions of two texts. */
export type TextTest = "contains" | "startswith" | "endswith";

export type Expression =
  | { readonly kind: "and" | "or"; readonly of: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "compare"; readonly by: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "test"; readonly by: TextTest; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "exists"; readonly of: Operand }
  /** An operand alone: whether it is true. */
  | { readonly kind: "is"; readonly of: Operand }
  /** Whether the key, the value or a header has this text in it. */
  | { readonly kind: "text"; readonly text: string };
