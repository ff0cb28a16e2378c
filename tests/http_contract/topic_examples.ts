/**
 * Topics and brokers in the v2 shapes.
 * @module
 */
import { equal, ok } from "node:assert/strict";
import type { Example } from "./example.ts";

const v2 = { accept: "application/vnd.kafka.v2+json" };

export const topicExamples: readonly Example[] = [
  { route: "GET /topics", status: 200, check: (topics) => ok((topics as string[]).includes("orders")) },
  { route: "GET /topics", headers: v2, status: 200 },
  {
    route: "GET /topics/{topic}",
    status: 200,
    check: (topic) =>
      equal((topic as { configs: Record<string, string> }).configs["cleanup.policy"], "delete"),
  },
  { route: "GET /topics/{topic}", path: { topic: "nothing" }, status: 404 },
  { route: "PUT /topics/{topic}", path: { topic: "put-empty" }, status: 201 },
  {
    route: "PUT /topics/{topic}",
    path: { topic: "put" },
    body: { partitions: 2, configs: { "retention.ms": 1000, "min.cleanable.dirty.ratio": 0.25 } },
    status: 201,
  },
  {
    route: "PUT /topics/{topic}",
    path: { topic: "put" },
    body: { configs: { "retention.ms": "1000", "min.cleanable.dirty.ratio": 0.25 } },
    status: 200,
  },
  {
    route: "PUT /topics/{topic}",
    path: { topic: "put" },
    body: { configs: { "retention.ms": 2 } },
    status: 409,
  },
  {
    route: "DELETE /topics/{topic}",
    path: { topic: "doomed" },
    before: (world) => world.createTopic("doomed"),
    status: 204,
  },
  {
    route: "POST /admin/topics",
    body: { topic_name: "bridged", partitions_count: 2, replication_factor: 1 },
    status: 201,
  },
  { route: "POST /admin/topics", body: { topic_name: "orders" }, status: 400 },
  { route: "GET /topics/{topic}/partitions", status: 200 },
  { route: "GET /topics/{topic}/partitions/{partition}", status: 200 },
  { route: "GET /topics/{topic}/partitions/{partition}", path: { partition: 3 }, status: 404 },
  { route: "GET /topics/{topic}/partitions/{partition}/offsets", status: 200 },
  { route: "GET /brokers", status: 200 },
];
