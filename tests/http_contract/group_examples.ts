/**
 * Consuming as a group.
 * @module
 */
import { equal, ok } from "node:assert/strict";
import type { Example } from "./example.ts";
import type { World } from "./world.ts";

const poll = "POST /groups/{group}/topics/{topic}/poll";
const commit = "POST /groups/{group}/topics/{topic}/commit";

/** Settles what was polled just before. */
function settling(group: string, wanted: Record<string, unknown>): Pick<Example, "path" | "before" | "body"> {
  const body: Record<string, unknown> = { lease: "0.aaaaaaaaaaaaaaaa", ...wanted };
  const path = `/groups/${group}/topics/orders/poll`;
  return {
    path: { group },
    async before(world: World) {
      const response = await world.ask("POST", path, { body: { max_records: 1 } });
      body["lease"] = (await response.json()).lease;
    },
    body,
  };
}

const instance = "/consumers/{group}/instances/{instance}";
const one = { topic: "orders", partition: 0 };

/** An instance in a group of its own, with what else is asked of it first. */
function having(name: string, ...asked: readonly (readonly [path: string, body: unknown])[]) {
  return {
    path: { group: name, instance: name },
    async before(world: World) {
      const body = { name, format: "json", "auto.offset.reset": "earliest" };
      await expectSuccess(world, `/consumers/${name}`, body);
      for (const [path, body] of asked) {
        await expectSuccess(world, `/consumers/${name}/instances/${name}/${path}`, body);
      }
    },
  };
}

async function expectSuccess(world: World, path: string, body: unknown): Promise<void> {
  const response = await world.ask("POST", path, { body });
  ok(response.ok, await response.text());
}

const instanceExamples: readonly Example[] = [
  {
    route: "POST /consumers/{group}",
    path: { group: "instances" },
    body: { "auto.commit.enable": "false", "fetch.min.bytes": 1, "isolation.level": "read_committed" },
    status: 200,
  },
  { route: "POST /consumers/{group}", path: { group: "instances" }, body: { format: "xml" }, status: 422 },
  { route: "POST /consumers/{group}", ...having("taken"), body: { name: "taken" }, status: 409 },
  { route: `DELETE ${instance}`, ...having("deleted"), status: 204 },
  { route: `DELETE ${instance}`, path: { instance: "none" }, status: 404 },
  {
    route: `POST ${instance}/subscription`,
    ...having("subscribed"),
    body: { topics: ["orders"] },
    status: 204,
  },
  {
    route: `POST ${instance}/subscription`,
    ...having("matching"),
    body: { topic_pattern: "order.*" },
    status: 204,
  },
  { route: `POST ${instance}/subscription`, ...having("muddled"), body: { topics: "orders" }, status: 422 },
  {
    route: `GET ${instance}/subscription`,
    ...having("asked", ["subscription", { topics: ["orders"] }]),
    status: 200,
  },
  { route: `DELETE ${instance}/subscription`, ...having("unsubscribed"), status: 204 },
  {
    route: `GET ${instance}/records`,
    ...having("read", ["assignments", { partitions: [one] }]),
    query: "timeout=5000&max_bytes=1000",
    headers: { accept: "application/vnd.kafka.json.v2+json" },
    status: 200,
    check: (records) => ok((records as unknown[]).length >= 2),
  },
  {
    route: `GET ${instance}/records`,
    ...having("misread"),
    headers: { accept: "application/vnd.kafka.binary.v2+json" },
    status: 406,
  },
  {
    route: `POST ${instance}/offsets`,
    ...having("committed", ["assignments", { partitions: [one] }]),
    body: { offsets: [{ ...one, offset: 0 }] },
    status: 200,
  },
  { route: `POST ${instance}/offsets`, ...having("committing"), status: 200 },
  { route: `GET ${instance}/offsets`, ...having("behind"), query: "partitions=orders:0", status: 200 },
  { route: `POST ${instance}/assignments`, ...having("assigned"), body: { partitions: [one] }, status: 204 },
  { route: `GET ${instance}/assignments`, ...having("idle"), status: 200 },
  {
    route: `POST ${instance}/positions`,
    ...having("moved", ["assignments", { partitions: [one] }]),
    body: { offsets: [{ ...one, offset: 1 }], timestamps: [{ ...one, timestamp: "2026-01-01T00:00:00Z" }] },
    status: 204,
  },
  ...["beginning", "end"].map((end) => ({
    route: `POST ${instance}/positions/${end}`,
    ...having(`at-${end}`, ["assignments", { partitions: [one] }]),
    body: { partitions: [one] },
    status: 204,
  })),
  { route: `POST ${instance}/positions/end`, ...having("astray"), body: { partitions: [one] }, status: 409 },
];

export const groupExamples: readonly Example[] = [
  {
    route: poll,
    path: { group: "pollers" },
    body: { max_records: 1, lease_ms: 1000, key_format: "base64" },
    status: 200,
    check: (answer) => ok((answer as { lease: string | null }).lease !== null),
  },
  { route: poll, path: { group: "pollers" }, status: 200 },
  {
    route: poll,
    path: { group: "late-pollers" },
    body: { reset: "latest", wait_ms: 0 },
    headers: { accept: "application/vnd.kafka.binary.v2+json" },
    status: 200,
    check: (answer) => equal((answer as { lease: string | null }).lease, null),
  },
  { route: poll, body: { max_records: 0 }, status: 422 },
  { route: poll, path: { topic: "nowhere" }, status: 404 },
  { route: poll, headers: { accept: "application/x-ndjson" }, status: 406 },
  { route: poll, path: { group: "live" }, body: { wait_ms: 5000 }, status: 409 },
  { route: commit, status: 200, ...settling("committers", {}) },
  { route: commit, status: 200, ...settling("releasers", { release: true }) },
  { route: commit, status: 200, ...settling("extenders", { extend_ms: 5000 }) },
  { route: commit, status: 422, ...settling("wanderers", { offset: 1_000_000 }) },
  { route: commit, body: { lease: "0.aaaaaaaaaaaaaaaa" }, status: 409 },
  ...instanceExamples,
];
