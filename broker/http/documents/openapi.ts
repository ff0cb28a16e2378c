/**
 * The OpenAPI 3.1 document of the routes, made from what reads and checks their requests.
 *
 * What must be true: whatever a route takes and answers is in it, since tests hold real answers against it; errors are alike
 * everywhere, and are the default answer of each.
 * @module
 */
import type { GenericSchema } from "valibot";
import { SOFTWARE_VERSION } from "../../../client/connection.ts";
import { errorSchema } from "../api_error.ts";
import type { JsonSchema, Parameters } from "../parameter.ts";
import { pathParameters } from "../path_parameters.ts";
import { parameterNames } from "../path_pattern.ts";
import { type Answer, type Content, type Route, tags } from "../route.ts";
import { jsonSchemas, type Schemas } from "./schemas.ts";

/** As far as it is looked at here; the rest is what the schemas give. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, string>>;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: {
    readonly description: string;
    readonly required: boolean;
    readonly content: ContentObject;
  };
  readonly responses: Readonly<Record<string, ResponseObject | { readonly $ref: string }>>;
}

export interface ParameterObject {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string | number;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: ContentObject;
}

type ContentObject = Readonly<
  Record<string, { readonly schema?: JsonSchema; readonly example?: unknown }>
>;

const DESCRIPTION =
  "Milena is a message broker that speaks Kafka's protocol; this is its HTTP API. Writing and reading, and the " +
  "shapes of v2 and v3, are those that Confluent's REST Proxy, Redpanda's HTTP Proxy and Strimzi's Bridge share, with what " +
  "they lack added. Every error is an `Error`, whose message says how to mend it.";

export async function openApiDocument(routes: readonly Route[]): Promise<OpenApiDocument> {
  const schemas = await jsonSchemas([errorSchema, ...routes.flatMap(schemasOf)]);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const methods = paths[route.path] ??= {};
    methods[route.method.toLowerCase()] = operationOf(route, schemas);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Milena",
      version: SOFTWARE_VERSION,
      description: DESCRIPTION,
    },
    servers: [{ url: "/" }],
    tags: Object.values(tags).map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components,
      responses: {
        Error: {
          description: "It could not be done; the message says why.",
          content: { "application/json": { schema: schemas.of(errorSchema) } },
        },
      },
    },
  };
}

function schemasOf({ body, answers }: Route): GenericSchema[] {
  const contents = [body?.content, ...Object.values(answers ?? {}).map(({ content }) => content)];
  return contents.flatMap((content) => Object.values(content ?? {}).flatMap((schema) => schema ?? []));
}

function operationOf(route: Route, schemas: Schemas): Operation {
  const { method, path, tag, summary, body } = route;
  const description = descriptionOf(route);
  return {
    operationId: [method.toLowerCase(), ...path.match(/\w+|(?<=\/)-/g) ?? []].join("_").replaceAll(
      "-",
      "all",
    ),
    tags: [tags[tag]],
    summary,
    ...(description === "" ? {} : { description }),
    parameters: parametersOf(route),
    ...(body === undefined ? {} : {
      requestBody: {
        description: body.description,
        required: body.isRequired ?? true,
        content: contentOf(body.content, schemas, body.example),
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers ?? {}).map(([status, answer]) => [status, responseOf(answer, schemas)]),
      ),
      default: { $ref: "#/components/responses/Error" },
    },
  };
}

/** What the parts of an operation can't say is said in words. */
function descriptionOf({ description, alias, query }: Route): string {
  const prefixed = Object.entries(query ?? {}).filter(([name]) => name.endsWith("."));
  return [
    description,
    ...prefixed.map(([name, { description }]) => `Query parameter \`${name}NAME\`: ${description}.`),
    alias === undefined ? undefined : `Also at \`${alias}\`.`,
  ].filter((sentence) => sentence !== undefined).join(" ");
}

export function parametersOf({ path, query, headers }: Route): ParameterObject[] {
  return [
    ...parameterNames(path).map((name): ParameterObject => {
      const { description, schema, example } = pathParameters[name]!;
      return {
        name,
        in: "path",
        required: true,
        description,
        schema,
        ...(example === undefined ? {} : { example }),
      };
    }),
    ...queryOf(query ?? {}),
    ...Object.entries(headers ?? {}).map(([name, description]): ParameterObject => ({
      name,
      in: "header",
      required: false,
      description,
      schema: { type: "string" },
    })),
  ];
}

function queryOf(query: Parameters): ParameterObject[] {
  return Object.entries(query)
    .filter(([name]) => !name.endsWith("."))
    .map(([name, { description, schema, isRequired }]) => ({
      name,
      in: "query",
      required: isRequired ?? false,
      description,
      schema,
    }));
}

function responseOf({ description, content, headers }: Answer, schemas: Schemas): ResponseObject {
  return {
    description,
    ...(headers === undefined ? {} : {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, description]) => [
          name,
          { description, schema: { type: "string" } },
        ]),
      ),
    }),
    ...(content === undefined ? {} : { content: contentOf(content, schemas) }),
  };
}

function contentOf(content: Content, schemas: Schemas, example?: unknown): ContentObject {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      schema === undefined
        ? {}
        : { schema: schemas.of(schema), ...(example === undefined ? {} : { example }) },
    ]),
  );
}
