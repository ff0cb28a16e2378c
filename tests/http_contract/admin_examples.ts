/**
 * The admin API in v3 shapes.
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Example } from "./example.ts";
import type { World } from "./world.ts";

const V3 = "/v3/clusters/{cluster_id}";
const TOPIC = `${V3}/topics/{topic}`;
const PARTITION = `${TOPIC}/partitions/{partition}`;
const GROUP = `${V3}/consumer-groups/{group}`;
const CONSUMER = `${GROUP}/consumers/{consumer}`;
const live = { group: "live" };

interface List {
  readonly metadata: { readonly self: string; readonly next: string | null };
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

/** Of an element of a list, found by one of its members. */
function element(body: unknown, member: string, value: unknown): Readonly<Record<string, unknown>> {
  const found = (body as List).data.find((one) => one[member] === value);
  ok(found !== undefined, `no element has ${member}=${value}`);
  return found;
}

/** Follows the pages of a list from its first; returns all elements. */
async function allPages(first: List): Promise<List["data"]> {
  const data = [...first.data];
  for (let next = first.metadata.next; next !== null;) {
    const page: List = await (await fetch(next)).json();
    ok(page.data.length > 0, "a page is empty");
    data.push(...page.data);
    next = page.metadata.next;
  }
  return data;
}

const clusters: readonly Example[] = [
  {
    route: "GET /v3/clusters",
    status: 200,
    check: (body, { parameters }) => void element(body, "cluster_id", parameters["cluster_id"]),
  },
  { route: `GET ${V3}`, status: 200 },
  { route: `GET ${V3}`, path: { cluster_id: "another" }, status: 404 },
  { route: `GET ${V3}/brokers`, status: 200 },
  { route: `GET ${V3}/brokers/{broker}`, status: 200 },
  { route: `GET ${V3}/brokers/{broker}`, path: { broker: 2 }, status: 404 },
  { route: `GET ${V3}/brokers/{broker}`, path: { broker: "one" }, status: 400 },
  {
    route: `GET ${V3}/brokers/{broker}/partition-replicas`,
    query: "page_size=2",
    status: 200,
    check: async (body) => {
      const places = (await allPages(body as List)).map((one) =>
        `${one["topic_name"]}-${one["partition_id"]}`
      );
      equal(new Set(places).size, places.length);
      ok(["orders-0", "orders-1", "orders-2"].every((place) => places.includes(place)));
    },
  },
  {
    route: `GET ${V3}/brokers/{broker}/log-dirs`,
    status: 200,
    check: (body) => ok((body as List).data[0]!["size_bytes"] as number > 0),
  },
];

const topics: readonly Example[] = [
  { route: `GET ${V3}/topics`, status: 200 },
  {
    route: `GET ${V3}/topics`,
    query: "include=stats",
    before: async (world) => {
      await world.createTopic("figures", 2);
      await world.write("figures", 1, 2, 3);
    },
    status: 200,
    check(body) {
      const { partitions_count, is_internal, stats } = element(body, "topic_name", "figures");
      deepEqual([partitions_count, is_internal], [2, false]);
      const { size_bytes, ...others } = stats as Record<string, unknown>;
      ok(size_bytes as number > 0);
      deepEqual(others, { records_estimate: 3, cleanup_policy: "delete", retention_ms: 604_800_000 });
    },
  },
  {
    route: `GET ${V3}/topics`,
    query: "page_size=1",
    status: 200,
    check: async (body) => {
      const names = (await allPages(body as List)).map((one) => one["topic_name"]);
      deepEqual(names, [...new Set(names)].sort());
      ok(names.includes("orders"));
    },
  },
  { route: `GET ${V3}/topics`, query: "page_token=nonsense", status: 400 },
  { route: `POST ${V3}/topics`, body: { topic_name: "made", partitions_count: 2 }, status: 201 },
  {
    route: `POST ${V3}/topics`,
    body: { topic_name: "placed", replicas_assignments: { "0": [1], "1": [1] } },
    status: 201,
    check: (topic) => equal((topic as { partitions_count: number }).partitions_count, 2),
  },
  {
    route: `POST ${V3}/topics`,
    body: { topic_name: "possible", configs: [{ name: "retention.ms", value: "1" }], validate_only: true },
    status: 200,
  },
  { route: `POST ${V3}/topics`, body: { topic_name: "orders" }, status: 400 },
  { route: `POST ${V3}/topics`, body: { topic_name: "un/named" }, status: 400 },
  {
    route: `POST ${V3}/topics`,
    body: { topic_name: "x", configs: [{ name: "retention.ms", value: "soon" }] },
    status: 422,
  },
  { route: `GET ${TOPIC}`, status: 200 },
  { route: `GET ${TOPIC}`, query: "include=stats", status: 200 },
  { route: `GET ${TOPIC}`, path: { topic: "possible" }, status: 404 },
  {
    route: `PATCH ${TOPIC}`,
    path: { topic: "grown" },
    before: (world) => world.createTopic("grown"),
    body: { partitions_count: 3 },
    status: 200,
    check: (topic) => equal((topic as { partitions_count: number }).partitions_count, 3),
  },
  { route: `PATCH ${TOPIC}`, path: { topic: "grown" }, body: { partitions_count: 2 }, status: 422 },
  {
    route: `DELETE ${TOPIC}`,
    path: { topic: "v3-doomed" },
    before: (world) => world.createTopic("v3-doomed"),
    status: 204,
  },
  { route: `DELETE ${TOPIC}`, path: { topic: "v3-doomed" }, status: 404 },
  {
    route: `POST ${TOPIC}/records:delete`,
    path: { topic: "emptied" },
    before: async (world) => {
      await world.createTopic("emptied", 2);
      await world.write("emptied", 1, 2, 3);
    },
    body: { data: [{ partition_id: 0, before_offset: "latest" }, { partition_id: 1, before_offset: 99 }] },
    status: 200,
    check(body) {
      equal(element(body, "partition_id", 0)["error_code"], null);
      equal(element(body, "partition_id", 1)["error_code"], 41601);
    },
  },
  {
    route: `POST ${TOPIC}/records:delete`,
    body: { data: [{ partition_id: 0, before_offset: 99 }] },
    status: 416,
  },
];

const partitions: readonly Example[] = [
  {
    route: `GET ${TOPIC}/partitions`,
    query: "include=stats&page_size=2",
    status: 200,
    check: async (body) => {
      const all = await allPages(body as List);
      deepEqual(all.map((one) => one["partition_id"]), [0, 1, 2]);
      const stats = all[2]!["stats"] as Record<string, number>;
      deepEqual([stats["leader_id"], stats["in_sync_count"], stats["earliest_offset"]], [1, 1, 0]);
      ok(stats["latest_offset"]! >= 2 && stats["size_bytes"]! > 0);
    },
  },
  { route: `GET ${PARTITION}`, status: 200 },
  { route: `GET ${PARTITION}`, path: { partition: 3 }, status: 404 },
  {
    route: `GET ${PARTITION}/offset`,
    status: 200,
    check: (body) => equal((body as { earliest_offset: number }).earliest_offset, 0),
  },
  { route: `GET ${PARTITION}/replicas`, status: 200 },
  { route: `GET ${PARTITION}/replicas/{broker}`, status: 200 },
  { route: `GET ${PARTITION}/replicas/{broker}`, path: { broker: 9 }, status: 404 },
  { route: `GET ${V3}/topics/-/partitions/-/reassignment`, status: 200 },
  { route: `GET ${TOPIC}/partitions/-/reassignment`, status: 200 },
  { route: `GET ${PARTITION}/reassignment`, status: 404 },
];

/** Those of one kind of owner: `list` is the path of its settings. */
function configExamples(list: string, name: string, value: string, path: Example["path"] = {}): Example[] {
  const set = { name, value };
  const url = (world: World) =>
    `${list}/${name}`.replaceAll(/\{(\w+)\}/g, (_, one) => String(path[one] ?? world.parameters[one]));
  const shows = (expected: string | undefined) => async (_: unknown, world: World) => {
    const response = await world.ask("GET", url(world));
    const config = await response.json();
    if (expected === undefined) ok(response.status === 404 || config.value !== value);
    else equal(config.value, expected);
  };
  return [
    {
      route: `PUT ${list}/{config}`,
      path: { ...path, config: name },
      body: { value },
      status: 204,
      check: shows(value),
    },
    {
      route: `GET ${list}`,
      query: "documentation",
      path,
      status: 200,
      check: (body) => void element(body, "name", name),
    },
    { route: `GET ${list}/{config}`, path: { ...path, config: name }, status: 200 },
    { route: `GET ${list}/{config}`, path: { ...path, config: "no.such" }, status: 404 },
    {
      route: `POST ${list}:alter`,
      path,
      body: { data: [{ name, operation: "DELETE" }], validate_only: true },
      status: 204,
      check: shows(value),
    },
    {
      route: `DELETE ${list}/{config}`,
      path: { ...path, config: name },
      status: 204,
      check: shows(undefined),
    },
    { route: `POST ${list}:alter`, path, body: { data: [set] }, status: 204, check: shows(value) },
    { route: `POST ${list}:alter`, path, body: { data: [{ name, operation: "DELETE" }] }, status: 204 },
    { route: `POST ${list}:alter`, path, body: { data: [{ name, value: "nonsense" }] }, status: 422 },
    { route: `POST ${list}:alter`, path, body: { data: [{ name, operation: "REPLACE" }] }, status: 422 },
    { route: `PUT ${list}/{config}`, path: { ...path, config: "no.such" }, body: { value }, status: 422 },
  ];
}

const configs: readonly Example[] = [
  {
    route: `GET ${V3}/topics/-/configs`,
    query: "page_size=1",
    status: 200,
    check: async (body) => {
      const topics = new Set((await allPages(body as List)).map((one) => one["topic_name"]));
      ok(topics.has("orders"));
    },
  },
  ...configExamples(`${TOPIC}/configs`, "retention.ms", "86400000", { topic: "put-empty" }),
  ...configExamples(`${V3}/brokers/{broker}/configs`, "message.max.bytes", "2000000"),
  ...configExamples(`${V3}/broker-configs`, "message.max.bytes", "2000000"),
  { route: `GET ${V3}/brokers/{broker}/configs`, path: { broker: 7 }, status: 404 },
  { route: `GET ${TOPIC}/configs`, path: { topic: "nothing" }, status: 404 },
];

const groups: readonly Example[] = [
  { route: `GET ${V3}/consumer-groups`, status: 200 },
  {
    route: `GET ${V3}/consumer-groups`,
    query: "include=stats&page_size=1",
    status: 200,
    check: async (body) => {
      const all = await allPages(body as List);
      const group = (id: string) => all.find((one) => one["consumer_group_id"] === id)!;
      deepEqual([group("billing")["state"], group("billing")["is_simple"]], ["EMPTY", true]);
      const stats = group("billing")["stats"] as Record<string, number>;
      deepEqual([stats["members_count"], stats["topics_count"]], [0, 1]);
      ok(stats["total_lag"]! >= 6);
      deepEqual([group("live")["state"], group("live")["partition_assignor"]], ["STABLE", "range"]);
      equal((group("live")["stats"] as Record<string, number>)["members_count"], 1);
    },
  },
  { route: `GET ${GROUP}`, status: 200 },
  { route: `GET ${GROUP}`, path: live, query: "include=stats", status: 200 },
  { route: `GET ${GROUP}`, path: { group: "nobody/at all?" }, status: 404 },
  {
    route: `DELETE ${GROUP}`,
    path: { group: "forgotten/group" },
    before: (world) => world.createGroup("forgotten%2Fgroup"),
    status: 204,
  },
  { route: `DELETE ${GROUP}`, path: { group: "forgotten/group" }, status: 404 },
  { route: `DELETE ${GROUP}`, path: live, status: 409 },
  { route: `GET ${GROUP}/consumers`, path: live, status: 200 },
  { route: `GET ${CONSUMER}`, path: live, status: 200 },
  { route: `GET ${CONSUMER}`, path: { ...live, consumer: "somebody" }, status: 404 },
  {
    route: `GET ${CONSUMER}/assignments`,
    path: live,
    status: 200,
    check: (body) => deepEqual((body as List).data.map((one) => one["partition_id"]), [0, 1, 2]),
  },
  { route: `GET ${CONSUMER}/assignments/{topic}/partitions/{partition}`, path: live, status: 200 },
  {
    route: `GET ${CONSUMER}/assignments/{topic}/partitions/{partition}`,
    path: { ...live, partition: 3 },
    status: 404,
  },
  {
    route: `GET ${GROUP}/lags`,
    status: 200,
    check(body) {
      for (const lag of (body as List).data) {
        equal(lag["lag"], (lag["log_end_offset"] as number) - (lag["current_offset"] as number));
      }
      equal((body as List).data.length, 3);
    },
  },
  { route: `GET ${GROUP}/lags`, path: live, status: 200 },
  { route: `GET ${GROUP}/lags/{topic}/partitions/{partition}`, status: 200 },
  { route: `GET ${GROUP}/lags/{topic}/partitions/{partition}`, path: live, status: 404 },
  { route: `GET ${GROUP}/lag-summary`, status: 200 },
  {
    route: `GET ${GROUP}/lag-summary`,
    path: live,
    status: 200,
    check: (body) => equal((body as { total_lag: number }).total_lag, 0),
  },
];

/** Offsets of a group of its own, set in one way after the other. */
const offsets: readonly Example[] = [
  {
    route: `POST ${GROUP}/offsets:reset`,
    path: { group: "movers" },
    before: async (world) => {
      await world.createTopic("moved");
      await world.write("moved", 1, 2, 3, 4);
    },
    body: { to: "latest", topics: [{ topic_name: "moved" }] },
    status: 200,
    check: (body) => deepEqual(offsetsOf(body), [[null, 4]]),
  },
  ...([
    [{ shift: -1, validate_only: true }, [4, 3]],
    [{ shift: -3 }, [4, 1]],
    [{ shift: -3 }, [1, 0]],
    [{ offset: 3 }, [0, 3]],
    [{ offset: 99 }, [3, 4]],
    [{ timestamp: 0 }, [4, 0]],
    [{ timestamp: Date.now() + 3_600_000 }, [0, 4]],
    [{ to: "earliest", topics: [{ topic_name: "moved", partitions: [0] }] }, [4, 0]],
  ] as const).map(([body, expected]): Example => ({
    route: `POST ${GROUP}/offsets:reset`,
    path: { group: "movers" },
    body,
    status: 200,
    check: (body) => deepEqual(offsetsOf(body), [expected]),
  })),
  { route: `POST ${GROUP}/offsets:reset`, path: live, body: { to: "earliest" }, status: 409 },
  { route: `POST ${GROUP}/offsets:reset`, path: { group: "nobody" }, body: { to: "earliest" }, status: 404 },
  { route: `POST ${GROUP}/offsets:reset`, body: {}, status: 422 },
  { route: `POST ${GROUP}/offsets:reset`, body: { to: "latest", offset: 1 }, status: 422 },
  {
    route: `POST ${GROUP}/offsets:reset`,
    body: { to: "latest", topics: [{ topic_name: "orders", partitions: [3] }] },
    status: 404,
  },
];

function offsetsOf(body: unknown): unknown[][] {
  return (body as List).data.map((one) => [one["previous_offset"], one["current_offset"]]);
}

/** This broker has no access rules. */
const acls: readonly Example[] = [
  { route: `GET ${V3}/acls`, query: "resource_type=TOPIC", status: 409 },
  { route: `GET ${V3}/acls`, query: "resource_type=HOUSE", status: 400 },
  {
    route: `POST ${V3}/acls`,
    body: {
      resource_type: "TOPIC",
      resource_name: "orders",
      pattern_type: "LITERAL",
      principal: "User:alice",
      host: "*",
      operation: "READ",
      permission: "ALLOW",
    },
    status: 409,
  },
  { route: `DELETE ${V3}/acls`, status: 400 },
  {
    route: `DELETE ${V3}/acls`,
    query: "resource_type=TOPIC&pattern_type=LITERAL&operation=READ&permission=ALLOW",
    status: 409,
  },
];

export const adminExamples: readonly Example[] = [
  ...clusters,
  ...topics,
  ...partitions,
  ...configs,
  ...groups,
  ...offsets,
  ...acls,
];
