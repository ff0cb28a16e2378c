/**
 * JSON Schema for people: `{ "partitions"?: integer ≥ 1, "configs"?: { [name]: string } }`, with links to shapes that have a
 * name.
 * @module
 */
import type { JsonSchema } from "../parameter.ts";
import { type Html, markup } from "./html.ts";
import { COMPONENTS } from "./schemas.ts";

/** Members of an object longer than this stand on lines of their own. */
const LINE_WIDTH = 60;

export function shapeOf(schema: JsonSchema, indent = ""): Html {
  const { $ref, anyOf, enum: words, type } = schema;
  if (typeof $ref === "string") return reference($ref);
  if (Array.isArray(anyOf)) return joined(anyOf.map((one) => shapeOf(one, indent)), " | ");
  if ("const" in schema) return markup`${JSON.stringify(schema["const"])}`;
  if (Array.isArray(words)) return joined(words.map((word) => markup`${JSON.stringify(word)}`), " | ");
  if (type === "array") return markup`[ ${shapeOf(schema["items"] as JsonSchema ?? {}, indent)}, … ]`;
  if (type === "object") return objectShape(schema, indent);
  return markup`${type === undefined ? "anything" : String(type)}${bounds(schema)}`;
}

function reference($ref: string): Html {
  const name = $ref.slice(COMPONENTS.length);
  return markup`<a href="#${name}">${name}</a>`;
}

function objectShape(schema: JsonSchema, indent: string): Html {
  const members = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const needed = (schema["required"] ?? []) as readonly string[];
  const others = schema["additionalProperties"];
  if (members.length === 0) {
    return typeof others === "object"
      ? markup`{ [name]: ${shapeOf(others as JsonSchema, indent)} }`
      : markup`{ … }`;
  }
  const deeper = `${indent}  `;
  const lines = members.map(([name, member]) =>
    markup`"${name}"${needed.includes(name) ? "" : "?"}: ${shapeOf(member, deeper)}`
  );
  const length = lines.reduce((sum, { text }) => sum + text.replaceAll(/<[^>]*>/g, "").length + 2, 0);
  return length <= LINE_WIDTH
    ? markup`{ ${joined(lines, ", ")} }`
    : markup`{\n${joined(lines.map((line) => markup`${deeper}${line}`), ",\n")}\n${indent}}`;
}

function bounds({ minimum, maximum, pattern, default: otherwise }: JsonSchema): string {
  const from = minimum === undefined || minimum === -Number.MAX_SAFE_INTEGER ? "" : ` ≥ ${minimum}`;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : ` ≤ ${maximum}`;
  const like = pattern === undefined ? "" : ` like ${pattern}`;
  return `${from}${to}${like}${otherwise === undefined ? "" : `, ${JSON.stringify(otherwise)} unless given`}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return markup`${parts.flatMap((part, i) => i === 0 ? [part] : [separator, part])}`;
}
