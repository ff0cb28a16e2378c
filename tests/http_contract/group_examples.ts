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
];
