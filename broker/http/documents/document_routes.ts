/**
 * What the API says of itself: the OpenAPI document, and the same as a page to read.
 * @module
 */
import type { Context } from "hono";
import { hostOf } from "../index_page.ts";
import type { Route } from "../route.ts";

/** Stands for the address in command lines of the page: the one that a caller came to is put in its place. */
export const ADDRESS = "%ADDRESS%";

/** No other site's page may frame it, and it loads nothing. */
const HTML_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-cache",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
};

/** `routes` gives all, these among them. Both documents are made when they are first asked for, and kept. */
export function documentRoutes(routes: () => readonly Route[]): readonly Route[] {
  let document: Promise<string> | undefined;
  let page: Promise<string> | undefined;

  async function makeDocument(): Promise<string> {
    const { openApiDocument } = await import("./openapi.ts");
    return JSON.stringify(await openApiDocument(routes()), undefined, 1) + "\n";
  }

  async function makePage(): Promise<string> {
    const [{ openApiDocument }, { docsPage }] = await Promise.all([
      import("./openapi.ts"),
      import("./docs_page.ts"),
    ]);
    return docsPage(routes(), await openApiDocument(routes()));
  }

  async function showDocument(): Promise<Response> {
    return new Response(await (document ??= makeDocument()), {
      headers: { "content-type": "application/json", "cache-control": "no-cache" },
    });
  }

  async function showPage({ req }: Context): Promise<Response> {
    const html = await (page ??= makePage());
    return new Response(html.replaceAll(ADDRESS, `http://${hostOf(req.raw)}`), { headers: HTML_HEADERS });
  }

  return [
    {
      method: "GET",
      path: "/docs",
      tag: "docs",
      summary: "all routes as a page to read",
      example: "HOST/docs",
      answers: { 200: { description: "The page.", content: { "text/html": undefined } } },
      handle: showPage,
    },
    {
      method: "GET",
      path: "/openapi.json",
      tag: "docs",
      summary: "all routes as an OpenAPI 3.1 document",
      example: "HOST/openapi.json",
      answers: { 200: { description: "The document.", content: { "application/json": undefined } } },
      handle: showDocument,
    },
  ];
}
