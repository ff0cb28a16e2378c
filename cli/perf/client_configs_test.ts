import { deepEqual, equal, throws } from "node:assert/strict";
import { FlagValues, type Invocation } from "../command.ts";
import { ClientConfigs } from "./client_configs.ts";

function configs(options: readonly string[], compression?: string): ClientConfigs {
  const flags = new FlagValues(new Map([["config-opt", options]]));
  const nothing = () => {};
  const written = () => Promise.resolve();
  const terminal = { print: nothing, write: nothing, writeBytes: written, report: nothing, environment: {} };
  const invocation: Invocation = { flags, operands: [], terminal };
  return ClientConfigs.of(invocation, compression);
}

Deno.test("ClientConfigs gives each client what it knows", () => {
  const given = configs(["client.id=x", "batch.size=1000", "fetch.min.bytes=5"]);
  const names = ["client.id", "batch.size", "fetch.min.bytes"] as const;
  const picked = (config: Readonly<Record<string, unknown>>) => names.map((name) => config[name]);
  deepEqual(picked(given.producer()), ["x", "1000", undefined]);
  deepEqual(picked(given.consumer()), ["x", undefined, "5"]);
  equal(given.producerValue("batch.size"), 1000);
  equal(given.at("a:1").producer()["bootstrap.servers"], "a:1");
});

Deno.test("ClientConfigs has what is usual for a command unless something else was said", () => {
  equal(configs([]).producer({ "linger.ms": 0 })["linger.ms"], 0);
  equal(configs(["linger.ms=7"]).producer({ "linger.ms": 0 })["linger.ms"], "7");
  equal(configs(["linger.ms=7"]).producerValue("linger.ms", { "linger.ms": 0 }), 7);
});

Deno.test("ClientConfigs takes the codec from -z, in any case, and from one place only", () => {
  equal(configs([], "LZ4").producer()["compression.type"], "lz4");
  throws(() => configs([], "lz5"), /-z is "lz5", but must be one of none, gzip/);
  throws(() => configs(["compression.type=gzip"], "lz4"), /given by both -z and -X/);
});

Deno.test("ClientConfigs refuses what no client knows", () => {
  throws(() => configs(["batch.sise=1"]), /perf has no config "batch.sise"; did you mean batch.size\?/);
});
