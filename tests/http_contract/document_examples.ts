/**
 * What the API says of itself.
 * @module
 */
import { equal, match } from "node:assert/strict";
import type { Example } from "./example.ts";

export const documentExamples: readonly Example[] = [
  { route: "GET /", status: 200 },
  { route: "GET /", headers: { accept: "application/json" }, status: 200 },
  {
    route: "GET /openapi.json",
    status: 200,
    check: (document) => equal((document as { openapi: string }).openapi, "3.1.0"),
  },
  {
    route: "GET /docs",
    status: 200,
    check: (page) => match(page as string, /^<!doctype html>[^]*<\/html>\n$/),
  },
];
