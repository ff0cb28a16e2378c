/**
 * Reads a filter. The grammar, by growing strength:
 *
 *     or      = and { "||" and }
 *     and     = not { "&&" not }
 *     not     = "!" not | "(" or ")" | test
 *     test    = NAME "(" operand [ "," operand ] ")"  |  operand [ ("==" | "!=" | "<" | …) operand ]
 *     operand = STRING | NUMBER | true | false | null | key | partition | offset | timestamp
 *             | headers "." NAME | headers "[" STRING "]" | value { "." NAME | "[" (STRING | NUMBER) "]" }
 *
 * A text alone is looked for in the key, the value and the headers.
 * @module
 */
import type { Comparison, Expression, Operand, Step, TextTest } from "./expression.ts";
import { FilterSyntaxError, type Token, tokensOf } from "./tokens.ts";

export { FilterSyntaxError } from "./tokens.ts";

const MAX_DEPTH = 64;
const COMPARISONS: readonly string[] = ["==", "!=", "<", "<=", ">", ">="];
const TEXT_TESTS: readonly string[] = ["contains", "startswith", "endswith"];
const FIELDS: readonly string[] = ["key", "partition", "offset", "timestamp"];
const OPERANDS =
  "value.NAME, key, headers.NAME, partition, offset, timestamp, a text, a number, true, false or null";

/** Throws a FilterSyntaxError. */
export function parseExpression(text: string): Expression {
  return new Parser(tokensOf(text)).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#or();
    if (this.#token.kind !== "end") throw this.#unexpected("&&, || or the end");
    return expression;
  }

  get #token(): Token {
    return this.#tokens[this.#at]!;
  }

  #isSign(text: string): boolean {
    return this.#token.kind === "sign" && this.#token.text === text;
  }

  #takeSign(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at++;
    return true;
  }

  #expectSign(text: string): void {
    if (!this.#takeSign(text)) throw this.#unexpected(JSON.stringify(text));
  }

  #or(): Expression {
    const parts = [this.#and()];
    while (this.#takeSign("||")) parts.push(this.#and());
    return parts.length === 1 ? parts[0]! : { kind: "or", of: parts };
  }

  #and(): Expression {
    const parts = [this.#not()];
    while (this.#takeSign("&&")) parts.push(this.#not());
    return parts.length === 1 ? parts[0]! : { kind: "and", of: parts };
  }

  #not(): Expression {
    const { column } = this.#token;
    if (++this.#depth > MAX_DEPTH) {
      throw new FilterSyntaxError(`it is nested more than ${MAX_DEPTH} deep`, column);
    }
    try {
      if (this.#takeSign("!")) return { kind: "not", of: this.#not() };
      if (!this.#takeSign("(")) return this.#test();
      const inner = this.#or();
      this.#expectSign(")");
      return inner;
    } finally {
      this.#depth--;
    }
  }

  #test(): Expression {
    const token = this.#token;
    const next = this.#tokens[this.#at + 1];
    if (token.kind === "name" && next?.kind === "sign" && next.text === "(") return this.#call(token.text);
    const left = this.#operand();
    const sign = this.#token;
    if (sign.kind === "sign" && COMPARISONS.includes(sign.text)) {
      this.#at++;
      return { kind: "compare", by: sign.text as Comparison, left, right: this.#operand() };
    }
    if (left.kind === "literal" && typeof left.value === "string") return { kind: "text", text: left.value };
    return { kind: "is", of: left };
  }

  #call(name: string): Expression {
    const { column } = this.#token;
    this.#at += 2;
    const first = this.#operand();
    if (name === "exists") {
      this.#expectSign(")");
      return { kind: "exists", of: first };
    }
    if (!TEXT_TESTS.includes(name)) {
      throw new FilterSyntaxError(
        `there is no function ${name.slice(0, 40)}: there are ${TEXT_TESTS.join(", ")} and exists`,
        column,
      );
    }
    this.#expectSign(",");
    const second = this.#operand();
    this.#expectSign(")");
    return { kind: "test", by: name as TextTest, left: first, right: second };
  }

  #operand(): Operand {
    const token = this.#token;
    if (token.kind === "end" || token.kind === "sign") throw this.#unexpected(OPERANDS);
    this.#at++;
    if (token.kind === "string") return { kind: "literal", value: token.text };
    if (token.kind === "number") return { kind: "literal", value: token.value };
    switch (token.text) {
      case "true":
      case "false":
        return { kind: "literal", value: token.text === "true" };
      case "null":
        return { kind: "literal", value: null };
      case "value":
        return { kind: "value", path: this.#path() };
      case "headers":
        return this.#header();
    }
    if (FIELDS.includes(token.text)) {
      return { kind: "field", field: token.text as "key" | "partition" | "offset" | "timestamp" };
    }
    throw new FilterSyntaxError(
      `${
        JSON.stringify(token.text.slice(0, 40))
      } is not known: there are ${OPERANDS}; a text stands in quotes`,
      token.column,
    );
  }

  #header(): Operand {
    const path = this.#path();
    const [name] = path;
    if (path.length === 1 && typeof name === "string") return { kind: "header", name };
    throw this.#unexpected('the name of one header, as headers.region or headers["trace id"]');
  }

  #path(): Step[] {
    const path: Step[] = [];
    for (;;) {
      if (this.#takeSign(".")) {
        const token = this.#token;
        if (token.kind !== "name") throw this.#unexpected("the name of a member");
        path.push(token.text);
        this.#at++;
      } else if (this.#takeSign("[")) {
        const token = this.#token;
        const isIndex = token.kind === "number" && Number.isSafeInteger(token.value) && token.value >= 0;
        if (token.kind === "string") path.push(token.text);
        else if (isIndex) path.push(token.value);
        else throw this.#unexpected("an index or a name in quotes");
        this.#at++;
        this.#expectSign("]");
      } else return path;
    }
  }

  #unexpected(wanted: string): FilterSyntaxError {
    const token = this.#token;
    const found = token.kind === "end"
      ? "it ends"
      : token.kind === "number"
      ? `there is ${token.value}`
      : `there is ${JSON.stringify(token.text.slice(0, 40))}`;
    return new FilterSyntaxError(`${found} where ${wanted} is wanted`, token.column);
  }
}
