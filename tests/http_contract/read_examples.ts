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
  { route, query: "max_records=1&isolation=read_committed&filter=exists(value)", status: 200 },
  { route, query: "filter=value%20%3D%203", status: 400 },
  { route, headers: { accept: "application/octet-stream" }, status: 200 },
  {
    route: "GET /topics/{topic}/records",
    query: "offset=-3",
    status: 200,
    check: (records) => equal((records as unknown[]).length, 3),
  },
  { route: "GET /topics/{topic}/records", headers: { accept: "application/x-ndjson" }, status: 200 },
  { route: "GET /topics/{topic}/stream", query: "from=earliest&until=end", status: 200 },
  {
    route: "GET /topics/{topic}/stream",
    query: "from=-1",
    headers: { accept: "text/event-stream" },
    status: 200,
    isEndless: true,
  },
  { route: "GET /topics/{topic}/stream", query: "from=soon", status: 400 },
  { route, path: { partition: 7 }, status: 404 },
];
