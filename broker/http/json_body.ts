/**
 * Bodies in JSON, held against the schema that also describes them in the OpenAPI document. For all but records, which
 * have a scanner of their own (records_request.ts): they come by the million, and their values are never made objects.
 * @module
 */
import { type GenericSchema, getDotPath, type InferOutput, safeParse } from "valibot";
import { ApiError, ApiErrorCode, wrongShape } from "./api_error.ts";
import { type BodyLimits, readBody } from "./request_body.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads and checks the body. An empty one is `ifEmpty`, where that is given. Throws an ApiError 422, 413, 408 or 429. */
export async function readJsonBody<Schema extends GenericSchema>(
  request: Request,
  limits: BodyLimits,
  schema: Schema,
  ifEmpty?: unknown,
): Promise<InferOutput<Schema>> {
  const bytes = await readBody(request, limits);
  return checkShape(bytes.length === 0 && ifEmpty !== undefined ? ifEmpty : parse(bytes), schema);
}

/** `value` if it is as `schema` has it. Throws an ApiError 422 that says where it is not. */
export function checkShape<Schema extends GenericSchema>(
  value: unknown,
  schema: Schema,
): InferOutput<Schema> {
  const { success, output, issues } = safeParse(schema, value, { abortPipeEarly: true });
  if (success) return output;
  const [first] = issues;
  const path = getDotPath(first);
  throw wrongShape(
    `${path === null ? "The body" : `"${path}" in the body`} is not as it must be: ${first.message}.`,
  );
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : "it is not UTF-8";
    throw new ApiError(
      422,
      ApiErrorCode.NOT_JSON,
      bytes.length === 0 ? "The body is empty, but must be JSON." : `The body is not JSON: ${why}.`,
    );
  }
}
