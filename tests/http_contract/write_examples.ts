/**
 * Writing records.
 * @module
 */
import type { Example } from "./example.ts";

export const writeExamples: readonly Example[] = [
  { route: "POST /topics/{topic}", body: { records: [{ key: "k", value: { id: 1 } }] }, status: 200 },
  {
    route: "POST /topics/{topic}/partitions/{partition}",
    path: { partition: 1 },
    body: { records: [{ value: 1 }] },
    status: 200,
  },
  { route: "POST /topics/{topic}/records", body: "any bytes", query: "key=k&header.trace=a", status: 200 },
  {
    route: "POST /topics/{topic}",
    headers: { "content-type": "application/x-ndjson" },
    body: '{"value":1}\n{"value":2}\n',
    status: 200,
  },
  {
    route: "POST /topics/{topic}",
    headers: { "content-type": "application/x-ndjson", "accept": "application/x-ndjson" },
    body: '{"value":1}\n{"value":2}\n',
    status: 200,
  },
  {
    route: "POST /v3/clusters/{cluster_id}/topics/{topic}/records",
    body: { key: { type: "STRING", data: "k" }, value: { type: "JSON", data: { id: 1 } } },
    status: 200,
  },
  {
    route: "POST /v3/clusters/{cluster_id}/topics/{topic}/records:batch",
    body: { entries: [{ id: "1", value: { type: "STRING", data: "v" } }] },
    status: 207,
  },
  { route: "POST /topics/{topic}", path: { topic: "nothing" }, body: { records: [] }, status: 422 },
];
