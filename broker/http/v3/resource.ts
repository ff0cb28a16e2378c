/**
 * Resources of the v3 API, each with its kind, its address and links to what belongs to it. One table makes them, checks
 * them in tests, and describes them in the OpenAPI document.
 * @module
 */
import * as v from "valibot";
import { json } from "../route.ts";
import type { Page } from "./page.ts";
import type { Scope } from "./scope.ts";

export const id = v.pipe(v.number(), v.integer(), v.minValue(0));
export const offset = v.pipe(v.number(), v.integer(), v.minValue(0));
export const link = v.pipe(
  v.strictObject({ related: v.pipe(v.string(), v.url()) }),
  v.title("Relationship"),
);

const resourceMetadata = v.pipe(
  v.strictObject({ self: v.string(), resource_name: v.nullable(v.string()) }),
  v.title("ResourceMetadata"),
);
const listMetadata = v.pipe(
  v.strictObject({ self: v.string(), next: v.nullable(v.string()) }),
  v.title("ListMetadata"),
);

type Fields<Entries extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<Entries, undefined>>;

/** A resource as it stands in JSON. */
export type ResourceJson = { readonly kind: string; readonly [member: string]: unknown };

export class Resource<Entries extends v.ObjectEntries> {
  readonly #kind: string;
  readonly schema: v.GenericSchema;
  readonly listSchema: v.GenericSchema;

  /** `entries`: what it has beside the members that all have. */
  constructor(kind: string, entries: Entries) {
    this.#kind = kind;
    this.schema = v.pipe(
      v.strictObject({
        kind: v.literal(kind),
        metadata: resourceMetadata,
        cluster_id: v.string(),
        ...entries,
      }),
      v.title(kind),
    );
    this.listSchema = v.pipe(
      v.strictObject({
        kind: v.literal(`${kind}List`),
        metadata: listMetadata,
        data: v.array(this.schema),
      }),
      v.title(`${kind}List`),
    );
  }

  /** `self`: its address. `name`: its resource name behind the cluster's, "topic=orders"; "" for the cluster itself. */
  at(scope: Scope, self: string, name: string | null, fields: Fields<Entries>): ResourceJson {
    const cluster = `crn:///kafka=${scope.clusterId}`;
    return {
      kind: this.#kind,
      metadata: { self, resource_name: name === null ? null : name === "" ? cluster : `${cluster}/${name}` },
      cluster_id: scope.clusterId,
      ...fields,
    };
  }

  /** The answer with a list of them at `url`, the request's. */
  list(url: string, data: readonly ResourceJson[], next?: Page<unknown>["next"]): Response {
    return json({
      kind: `${this.#kind}List`,
      metadata: { self: url, next: next === undefined ? null : nextPage(url, next) },
      data,
    });
  }
}

function nextPage(url: string, token: string): string {
  const next = new URL(url);
  next.searchParams.set("page_token", token);
  return next.href;
}
