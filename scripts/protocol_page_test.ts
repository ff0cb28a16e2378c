import { deepEqual, equal, ok } from "node:assert/strict";
import { handlers } from "../broker/handlers/mod.ts";
import { api, apis } from "../protocol/apis.ts";
import { keptVersions } from "../tests/protocol/facts.ts";
import { readGoldenExchanges } from "../tests/protocol/golden_frames.ts";
import { kafkaApis } from "./kafka_apis.ts";
import { protocolPage, protocolPath } from "./protocol_page.ts";

Deno.test("docs/protocol.md is what the handlers say (deno task docs writes it)", async () => {
  equal(await Deno.readTextFile(protocolPath), protocolPage());
});

Deno.test("kafkaApis is what Apache Kafka 4.3 told its Java client when that was recorded", () => {
  const { read } = readGoldenExchanges().find(({ client, apiKey }) =>
    client === "java" && apiKey === api.ApiVersions.key
  )!;
  const told = read.response!.apiKeys as { apiKey: number; minVersion: number; maxVersion: number }[];
  deepEqual(
    kafkaApis.map(({ key, from, to }) => ({ apiKey: key, minVersion: from, maxVersion: to })),
    told.toSorted((a, b) => a.apiKey - b.apiKey),
  );
});

Deno.test("kafkaApis agrees with the tables of messages where both know an API", () => {
  for (const { key, name, from, to, flexibleFrom } of kafkaApis) {
    const known = apis.get(key);
    if (known === undefined) continue;
    const { versions } = known.request;
    deepEqual({ name: known.name, flexibleFrom: known.request.flexibleFrom }, { name, flexibleFrom });
    // Kafka lists versions of Produce that it has dropped, and has tables of versions that are not ready.
    const keepsOlder = keptVersions.get(key) === versions.min;
    ok((keepsOlder || from <= versions.min) && to <= versions.max, `${name}: Kafka tells ${from} to ${to}`);
  }
});

Deno.test("kafkaApis gives no reason for the absence of an API when it is served", () => {
  const explained = kafkaApis.filter(({ absent }) => absent !== undefined).map(({ key }) => key);
  deepEqual(explained.filter((key) => handlers.has(key)), []);
});

Deno.test("handlers tell clients only versions that Kafka tells them, too", () => {
  for (const { api, versions } of handlers.values()) {
    const kafka = kafkaApis.find(({ key }) => key === api.key);
    ok(kafka !== undefined, api.name);
    // DescribeLogDirs 0 left Kafka with 4.0; old clients still ask for it.
    const { listedFrom = versions.from, to } = versions;
    ok(to <= kafka.to, `${api.name} up to ${to}, Kafka's up to ${kafka.to}`);
    ok(listedFrom >= kafka.from || api.name === "DescribeLogDirs", `${api.name} from ${listedFrom}`);
  }
});
