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
  { route: "POST /topics/{topic}", path: { topic: "nothing" }, body: { records: [] }, status: 422 },
];
