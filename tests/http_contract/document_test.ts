/**
 * The OpenAPI document of a running broker: it is one, and the broker is as it says, whatever is sent. Schemathesis makes
 * the requests from the document itself, those that it allows and those that it does not.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { apiRoutes } from "../../broker/http/app.ts";
import { docsPage } from "../../broker/http/documents/docs_page.ts";
import { type OpenApiDocument, openApiDocument } from "../../broker/http/documents/openapi.ts";
import { SOFTWARE_VERSION } from "../../client/connection.ts";
import manifest from "../../deno.json" with { type: "json" };
import { pythonEnvironment } from "../support/python_environment.ts";
import { testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { runCommand, tryCommand } from "../support/run_command.ts";
import { nameOf } from "./contract.ts";
import { World } from "./world.ts";

const environment = await pythonEnvironment("openapi-spec-validator==0.9.0", "schemathesis==4.32.5");

const MAX_EXAMPLES = 10;
const RUN_TIMEOUT_MS = 90_000;
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
];

Deno.test("GET /openapi.json has every route with all of its answers", async () => {
  const { paths, info } = await openApiDocument(apiRoutes);
  for (const route of apiRoutes) {
    const operation = paths[route.path]?.[route.method.toLowerCase()];
    ok(operation !== undefined, nameOf(route));
    deepEqual(Object.keys(operation.responses), [...Object.keys(route.answers ?? {}), "default"]);
  }
  equal(SOFTWARE_VERSION, manifest.version);
  equal(info["version"], manifest.version);
});

Deno.test("GET /openapi.json names every operation once, and refers to shapes that are there", async () => {
  const document = await openApiDocument(apiRoutes);
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId)
  );
  equal(new Set(ids).size, ids.length);
  for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]*)"/g)) {
    ok(name! in document.components.schemas, name);
  }
});

Deno.test("GET /docs shows every route, loads nothing, and has no link that leads nowhere", async () => {
  const page = docsPage(apiRoutes, await openApiDocument(apiRoutes));
  const ids = new Set(Array.from(page.matchAll(/ id="([^"]+)"/g), ([, id]) => id));
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) ok(ids.has(target), `#${target}`);
  for (const { path } of apiRoutes) ok(page.includes(`<code>${path}</code>`), path);
  equal(ids.size, [...page.matchAll(/ id="/g)].length, "an id is there twice");
  match(page, /^[^]*<style>[^]*<\/style>/);
  ok(!/<script|<img|<link|@import|url\(|\bsrc=/.test(page));
});

testNeeding([environment.requirement], "GET /openapi.json is a valid OpenAPI document", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(path, JSON.stringify(await openApiDocument(apiRoutes)));
    const { stdout } = await runCommand(environment.python, ["-m", "openapi_spec_validator", path]);
    match(new TextDecoder().decode(stdout), /: OK/);
  } finally {
    await Deno.remove(path);
  }
});

testNeeding(
  [environment.requirement],
  "the broker is as GET /openapi.json says, whatever is sent (schemathesis)",
  async () => {
    await using world = await World.start();
    const seed = testSeed();
    const directory = await Deno.makeTempDir({ prefix: "milena-schemathesis-" });
    try {
      await Deno.writeTextFile(`${directory}/schemathesis.toml`, settings(world));
      const document: OpenApiDocument = await (await world.ask("GET", "/openapi.json")).json();
      const { code, stdout } = await tryCommand(environment.python, [
        "-m",
        "schemathesis.cli",
        ...["--config-file", `${directory}/schemathesis.toml`],
        "run",
        `${world.url}/openapi.json`,
        ...["--phases", "examples,coverage,fuzzing", "--checks", CHECKS.join(",")],
        ...["--max-examples", String(MAX_EXAMPLES), "--seed", String(seed), "--no-shrink"],
        ...["--request-timeout", "20", "--continue-on-failure", "--no-color"],
        ...excluded(document).flatMap((name) => ["--exclude-name", name]),
      ], { directory, timeoutMs: RUN_TIMEOUT_MS });
      const said = new TextDecoder().decode(stdout);
      equal(code, 0, `seed ${seed}\n${said.slice(0, 20_000)}`);
      match(said, /No issues found|passed/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

/** Streams do not end, and routes that do not say what they answer can't be as they say. */
function excluded({ paths }: OpenApiDocument): string[] {
  const endless = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { responses }]) => JSON.stringify(responses).includes("text/event-stream"))
      .map(([method]) => `${method.toUpperCase()} ${path}`)
  );
  return endless;
}

/** Most requests are about what is there: made-up names would never get beyond a 404. */
function settings({ parameters }: World): string {
  const known = ["cluster_id", "topic", "partition", "broker", "config", "group"].map((name) =>
    `"path.${name}" = ${JSON.stringify(parameters[name])}\n`
  );
  const doomed = ["/topics/{topic}", "/v3/clusters/{cluster_id}/topics/{topic}"].map((path) =>
    `[[operations]]\ninclude-name = "DELETE ${path}"\nparameters = { "path.topic" = "doomed" }\n`
  );
  const left = "DELETE /v3/clusters/{cluster_id}/consumer-groups/{group}";
  // A group with members is refused at once, where another would wait as long as some body says.
  const polled = "POST /groups/{group}/topics/{topic}/poll";
  return `[parameters]\n${known.join("")}"query.timeout" = 10\n\n${doomed.join("\n")}
[[operations]]
include-name = "${left}"
parameters = { "path.group" = "doomed" }

[[operations]]
include-name = "${polled}"
parameters = { "path.group" = "live" }
`;
}
