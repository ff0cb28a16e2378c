/**
 * Holds requests and answers against what the route says of them.
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { safeParse } from "valibot";
import { errorSchema } from "../../broker/http/api_error.ts";
import { parameterNames } from "../../broker/http/path_pattern.ts";
import type { Content, Route } from "../../broker/http/route.ts";
import type { Example } from "./example.ts";
import type { World } from "./world.ts";

const READ_MS = 10_000;

export function nameOf({ method, path }: Pick<Route, "method" | "path">): string {
  return `${method} ${path}`;
}

/** Sends the example's request, and checks it and the answer. `template`: the route's path, or its alias. */
export async function tryExample(
  world: World,
  route: Route,
  example: Example,
  template = route.path,
): Promise<void> {
  await example.before?.(world);
  checkRequest(route, example);
  const path = parameterNames(template).reduce(
    (path, name) => path.replace(`{${name}}`, encodeURIComponent(valueOf(world, example, name))),
    template,
  );
  const controller = new AbortController();
  const response = await world.ask(route.method, path + (example.query ? `?${example.query}` : ""), {
    headers: example.headers,
    body: example.body,
    signal: controller.signal,
  });
  const text = await textOf(response, example.isEndless ?? false);
  controller.abort();
  equal(response.status, example.status, text);
  const body = checkAnswer(route, response, text);
  await example.check?.(body, world);
}

function valueOf(world: World, { path }: Example, name: string): string {
  const value = path?.[name] ?? world.parameters[name];
  ok(value !== undefined, `{${name}} stands for nothing in the world: give it in the example's path`);
  return String(value);
}

/** Reads the body: all of it, or its first chunk. */
async function textOf(response: Response, isEndless: boolean): Promise<string> {
  if (!isEndless) return await response.text();
  const reader = response.body!.getReader();
  const timer = setTimeout(() => reader.cancel(), READ_MS);
  const { value } = await reader.read();
  clearTimeout(timer);
  ok(value !== undefined, `nothing came within ${READ_MS} ms`);
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** The example itself must be as the route says, unless it shows what is refused. */
function checkRequest(route: Route, { query, body, headers, status }: Example): void {
  if (status >= 400) return;
  for (const name of new URLSearchParams(query).keys()) {
    const isKnown = Object.keys(route.query ?? {}).some((one) =>
      one === name || (one.endsWith(".") && name.startsWith(one))
    );
    ok(isKnown, `${nameOf(route)} does not say that it takes ?${name}=`);
  }
  if (body === undefined) {
    ok(!(route.body?.isRequired ?? route.body !== undefined), `${nameOf(route)} wants a body`);
    return;
  }
  ok(route.body !== undefined, `${nameOf(route)} does not say that it takes a body`);
  const type = headers?.["content-type"] ?? "application/json";
  const content = route.body.content;
  ok(typeIn(content, type) !== undefined || "*/*" in content, `${nameOf(route)} takes no ${type}`);
  const schema = typeIn(content, type);
  for (const one of schema ? textsOf(body, type) : []) conforms(schema!, one, "the example's body");
}

/** Returns the answer's JSON, or its text. */
export function checkAnswer(route: Route, response: Response, text: string): unknown {
  const { status, headers } = response;
  const answer = route.answers?.[status];
  const type = headers.get("content-type");
  if (answer === undefined) {
    ok(status >= 400, `${nameOf(route)} does not say that it answers ${status}`);
    equal(type, "application/json", text);
    return conforms(errorSchema, JSON.parse(text), `error ${status}`);
  }
  // Reports that leave while the body comes can't have what is known at the end.
  const isReports = type !== null && /ndjson/.test(type);
  for (const name of isReports ? [] : Object.keys(answer.headers ?? {})) {
    ok(headers.has(name), `${nameOf(route)} answers ${status} without its header ${name}`);
  }
  if (answer.content === undefined) {
    equal(text, "", `${nameOf(route)} says that its ${status} has no body`);
    equal(type, null);
    return undefined;
  }
  ok(
    type !== null && typeIn(answer.content, type) !== null,
    `${nameOf(route)} does not say that it answers ${type}`,
  );
  const schema = typeIn(answer.content, type);
  if (schema) {
    const [first] = textsOf(text, type).map((one) => conforms(schema, one, `the ${status}`));
    return first;
  }
  return type.startsWith("application/json") ? JSON.parse(text) : text;
}

/** The JSON texts that a body is made of: one, or one on each line. */
function textsOf(body: unknown, type: string): unknown[] {
  if (typeof body !== "string") return [body];
  if (!/ndjson|jsonl/.test(type)) return [JSON.parse(body)];
  return body.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** null: the type is not there. */
function typeIn(content: Content, type: string) {
  const essence = type.split(";")[0]!.trim();
  return Object.hasOwn(content, essence) ? content[essence] : null;
}

function conforms(schema: NonNullable<Content[string]>, value: unknown, what: string): unknown {
  const { success, issues } = safeParse(schema, value);
  const told = issues?.map(({ message, path }) =>
    `${path?.map(({ key }) => key).join(".") ?? ""}: ${message}`
  );
  deepEqual(
    success ? [] : told,
    [],
    `${what} is not as the schema says: ${JSON.stringify(value).slice(0, 500)}`,
  );
  return value;
}
