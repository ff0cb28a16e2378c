/**
 * What routes of consumer instances share.
 * @module
 */
import type { Context } from "hono";
import type { GenericSchema } from "valibot";
import { metadataType, V2_METADATA_TYPE } from "../media_types.ts";
import { groupOf } from "../path_parameters.ts";
import { type Content, json, type Services } from "../route.ts";
import type { ConsumerInstance } from "./consumer_instances.ts";

export const INSTANCE = "/consumers/{group}/instances/{instance}";

/** An answer in either type, as it is asked for. */
export function v2Content(schema: GenericSchema): Content {
  return { "application/json": schema, [V2_METADATA_TYPE]: schema };
}

/** A body under any of the names that clients give it. */
export function v2Body(schema: GenericSchema): Content {
  return v2Content(schema);
}

export function answer(context: Context, body: unknown): Response {
  return json(body, { type: metadataType(context.req.raw.headers.get("accept")) });
}

export function done(): Response {
  return new Response(null, { status: 204 });
}

/** Runs `work` with the instance of the path. Throws an ApiError 404. */
export async function withInstance(
  context: Context,
  { gateway }: Services,
  work: (instance: ConsumerInstance) => Response | Promise<Response>,
): Promise<Response> {
  return await gateway.consumers.use(groupOf(context), context.req.param("instance") ?? "", work);
}
