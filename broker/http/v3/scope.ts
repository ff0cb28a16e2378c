/**
 * Where an answer of the v3 API stands: the cluster, and how its links begin. They lead where the caller came to, by the
 * same name of the host and the same of the two prefixes.
 * @module
 */
import type { Context } from "hono";
import type { Services } from "../route.ts";
import { clusterOf } from "./cluster_of.ts";

export const V3 = "/v3";
/** Confluent Server serves the same under this prefix. */
export const V3_ALIAS = "/kafka/v3";

export class Scope {
  readonly #base: string;

  /** `url`: the request's. */
  constructor(readonly clusterId: string, url: string) {
    const { origin, pathname } = new URL(url);
    this.#base = `${origin}${pathname.startsWith(`${V3_ALIAS}/`) ? V3_ALIAS : V3}/clusters`;
  }

  /** The address of something in the cluster. */
  link(...path: readonly (string | number)[]): string {
    return [this.#base, this.clusterId, ...path].map((part, i) => i === 0 ? part : segment(part)).join("/");
  }

  /** As a member of a resource. */
  related(...path: readonly (string | number)[]): { related: string } {
    return { related: this.link(...path) };
  }

  get clusters(): string {
    return this.#base;
  }
}

/** The scope of a request. Throws an ApiError 404 for another cluster. */
export async function scopeOf(context: Context, services: Services): Promise<Scope> {
  return new Scope(await clusterOf(context, services), context.req.url);
}

/** "?" of a query would be taken for a part of the name. */
function segment(part: string | number): string {
  return encodeURIComponent(part).replaceAll("%3A", ":");
}
