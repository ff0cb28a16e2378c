/**
 * The shapes of bodies as JSON Schema, made from the schemas that check them. One that has a title is a component of its
 * own, and stands elsewhere by reference.
 * @module
 */
import { type GenericSchema, getTitle } from "valibot";
import type { JsonSchema } from "../parameter.ts";

export const COMPONENTS = "#/components/schemas/";

export interface Schemas {
  /** By title. */
  readonly components: Readonly<Record<string, JsonSchema>>;
  of(schema: GenericSchema): JsonSchema;
}

/** Of all that `roots` are made of. Throws if two of them have the same title. */
export async function jsonSchemas(roots: Iterable<GenericSchema>): Promise<Schemas> {
  const { toJsonSchema } = await import("@valibot/to-json-schema");
  const definitions: Record<string, GenericSchema> = {};
  for (const root of roots) collectTitled(root, definitions);

  function convert(schema: GenericSchema, others: Record<string, GenericSchema>): JsonSchema {
    const { $schema: _, $defs: __, ...converted } = toJsonSchema(schema, {
      definitions: others,
      target: "draft-2020-12",
      // What JSON Schema can't say is left out: it would still be checked, and the message says what is wrong.
      errorMode: "ignore",
      overrideRef: ({ referenceId }) => COMPONENTS + referenceId,
    });
    return converted;
  }

  const components = Object.entries(definitions).map(([title, schema]) => {
    const { [title]: _, ...others } = definitions;
    return [title, convert(schema, others)] as const;
  });
  return {
    components: Object.fromEntries(components.sort(([a], [b]) => a < b ? -1 : 1)),
    of: (schema) => convert(schema, definitions),
  };
}

/** What schemas of valibot are made of, as far as those here use it. */
interface Parts {
  readonly entries?: Readonly<Record<string, GenericSchema>>;
  readonly item?: GenericSchema;
  readonly items?: readonly GenericSchema[];
  readonly wrapped?: GenericSchema;
  readonly options?: readonly unknown[];
  readonly value?: unknown;
  readonly rest?: GenericSchema;
}

function collectTitled(schema: GenericSchema, found: Record<string, GenericSchema>): void {
  const title = getTitle(schema);
  if (title !== undefined) {
    if (found[title] === schema) return;
    if (found[title] !== undefined) throw new Error(`two schemas have the title ${title}`);
    found[title] = schema;
  }
  const { entries, item, items, wrapped, options, value, rest } = schema as Parts;
  const parts = [
    ...Object.values(entries ?? {}),
    item,
    ...items ?? [],
    wrapped,
    ...options ?? [],
    value,
    rest,
  ];
  for (const part of parts) if (isSchema(part)) collectTitled(part, found);
}

function isSchema(part: unknown): part is GenericSchema {
  return typeof part === "object" && part !== null && "kind" in part && part.kind === "schema";
}
