/**
 * What routes say of themselves, and what they do: every one is asked through the real server, and its answers are held
 * against its schemas.
 */
import { deepEqual, ok } from "node:assert/strict";
import { safeParse } from "valibot";
import { apiRoutes } from "../../broker/http/app.ts";
import { indexRoute } from "../../broker/http/index_page.ts";
import { pathParameters } from "../../broker/http/path_parameters.ts";
import { parameterNames } from "../../broker/http/path_pattern.ts";
import { tags } from "../../broker/http/route.ts";
import { nameOf, tryExample } from "./contract.ts";
import { examples } from "./examples.ts";
import { World } from "./world.ts";

const routes = [...apiRoutes, indexRoute(apiRoutes)];

Deno.test("routes: each says its tag, summary, body and answers", () => {
  const silent = routes.filter((route) => {
    const { method, tag, summary, body, answers } = route;
    const needsBody = method === "PUT" || method === "PATCH";
    return !(tag in tags) || summary === "" || answers === undefined || Object.keys(answers).length === 0 ||
      (needsBody && body === undefined);
  });
  deepEqual(silent.map(nameOf).sort(), []);
});

Deno.test("routes: every parameter of a path is described", () => {
  for (const route of routes) {
    for (const name of parameterNames(route.path)) ok(name in pathParameters, `${nameOf(route)}: {${name}}`);
  }
});

Deno.test("routes: no two are the same", () => {
  const names = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
  deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
});

Deno.test("routes: the example of a body is as its schema says", () => {
  for (const route of routes) {
    const { content = {}, example } = route.body ?? {};
    if (example === undefined) continue;
    for (const schema of Object.values(content)) {
      ok(schema === undefined || safeParse(schema, example).success, nameOf(route));
    }
  }
});

Deno.test("routes: each has an example of what it answers, and every example a route", () => {
  const shown = new Set(examples.map(({ route }) => route));
  deepEqual(routes.map(nameOf).filter((name) => !shown.has(name)), [], "routes without an example");
  deepEqual([...shown].filter((name) => !routes.some((route) => nameOf(route) === name)), []);
});

Deno.test("routes: what they answer is what they say", async (context) => {
  await using world = await World.start();
  for (const example of examples) {
    const route = routes.find((one) => nameOf(one) === example.route);
    if (route === undefined) continue;
    const { query = "", status, body } = example;
    const shown = [
      `${example.route}${query && `?${query}`}`,
      JSON.stringify(example.path),
      JSON.stringify(body),
    ];
    await context.step(`${shown.join(" ")} is a ${status}`, () => tryExample(world, route, example));
  }
});

Deno.test("routes: an alias answers as its path does", async () => {
  await using world = await World.start();
  for (const example of examples) {
    const route = routes.find((one) => nameOf(one) === example.route);
    // Those of the world, which no other example has to come before.
    const isPlain = example.path === undefined && example.check === undefined;
    if (route?.alias === undefined || route.method !== "GET" || !isPlain) continue;
    await tryExample(world, route, example, route.alias);
  }
});
