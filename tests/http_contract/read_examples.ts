/**
 * Reading records.
 * @module
 */
import { equal, ok } from "node:assert/strict";
import type { Example } from "./example.ts";

const route = "GET /topics/{topic}/partitions/{partition}/records";

export const readExamples: readonly Example[] = [
  { route, status: 200, check: (records) => ok((records as unknown[]).length >= 2) },
  { route, query: "offset=-1&key_format=base64&value_format=base64", status: 200 },
  {
    route,
    headers: { accept: "application/x-ndjson" },
    status: 200,
    check: (text) => ok((text as string).startsWith("{")),
  },
  { route, headers: { accept: "application/vnd.kafka.json.v2+json" }, status: 200 },
  { route, headers: { accept: "application/vnd.kafka.binary.v2+json" }, status: 200 },
  { route, headers: { accept: "application/vnd.kafka.v2+json" }, status: 200 },
  {
    route,
    query: "offset=latest&timeout=0",
    status: 200,
    check: (records) => equal((records as unknown[]).length, 0),
  },
  { route, query: "offset=99", status: 416 },
  { route, path: { partition: 7 }, status: 404 },
];
