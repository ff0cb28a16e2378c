import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { consumerKeys } from "../config/consumer_keys.ts";
import type { ConfigInput } from "../config/config_key.ts";
import { ConfigError, readConfig } from "../config/read_config.ts";
import { Consumer } from "./consumer.ts";
import { consumerOptions } from "./consumer_options.ts";

function options(given: ConfigInput<typeof consumerKeys> = {}) {
  return consumerOptions(
    readConfig("a consumer", consumerKeys, { "bootstrap.servers": "127.0.0.1:9092", ...given }),
  );
}

Deno.test("consumerOptions() honours every key of its own", () => {
  const usual = JSON.stringify(options());
  const others: ConfigInput<typeof consumerKeys> = {
    "group.id": "g",
    "group.instance.id": "i",
    "group.protocol": "consumer",
    "partition.assignment.strategy": "roundrobin",
    "session.timeout.ms": 10_000,
    "heartbeat.interval.ms": 1000,
    "max.poll.interval.ms": 1000,
    "auto.offset.reset": "earliest",
    "enable.auto.commit": false,
    "auto.commit.interval.ms": 1,
    "isolation.level": "read_committed",
    "fetch.min.bytes": 2,
    "fetch.max.wait.ms": 3,
    "fetch.max.bytes": 4,
    "max.partition.fetch.bytes": 5,
    "max.poll.records": 6,
    "queued.max.bytes": 7,
    "check.crcs": false,
    "allow.auto.create.topics": false,
    "exclude.internal.topics": false,
    "retry.backoff.ms": 8,
    "retry.backoff.max.ms": 9,
    "metadata.max.age.ms": 200,
  };
  for (const [name, value] of Object.entries(others)) {
    equal(JSON.stringify(options({ [name]: value })) !== usual, true, `${name}=${value} makes no difference`);
  }
  const remote = { "group.protocol": "consumer", "group.remote.assignor": "range" } as const;
  equal(options(remote).serverAssignor, "range");
  const left = Object.keys(consumerKeys).filter((name) =>
    !(name in others) && !/^(ssl|sasl|reconnect)/.test(name)
  );
  deepEqual(left, [
    // These make the cluster, or are looked at where records are made; group.remote.assignor is above.
    "bootstrap.servers",
    "client.id",
    "security.protocol",
    "request.timeout.ms",
    ...left.filter((name) => /^(socket\.|connections\.)/.test(name)),
    "key.deserializer",
    "value.deserializer",
    "group.remote.assignor",
  ]);
});

Deno.test("consumerOptions() refuses what does not go together, and says what would", () => {
  const refused = (given: ConfigInput<typeof consumerKeys>, message: RegExp) =>
    throws(() => options(given), (error) => error instanceof ConfigError && message.test(error.message));
  refused({ "heartbeat.interval.ms": 3000, "session.timeout.ms": 3000 }, /less than "session\.timeout\.ms"/);
  refused({ "group.remote.assignor": "range" }, /for "group\.protocol" consumer/);
  refused({ "partition.assignment.strategy": ["range", "cooperative-stiky"] }, /cooperative-sticky/);
  refused({ "partition.assignment.strategy": "" }, /empty/);
  deepEqual(
    options({ "partition.assignment.strategy": "roundrobin, range" }).assignors.map(({ name }) => name),
    ["roundrobin", "range"],
  );
});

Deno.test("Consumer.subscribe() takes no single text: its characters would be topics", async () => {
  const consumer = new Consumer({ "bootstrap.servers": "127.0.0.1:1", "group.id": "g" });
  for (const topics of ["orders", { topic: "orders" }, undefined, new Set(["orders"])] as unknown[]) {
    throws(() => consumer.subscribe(topics as string[]), /an array of topics/);
  }
  deepEqual(consumer.subscription, []);
  await consumer.close();
});

Deno.test("Consumer.commit() takes no offset that no record can have", async () => {
  const consumer = new Consumer({ "bootstrap.servers": "127.0.0.1:1", "group.id": "g" });
  for (const offset of [-1, NaN, 1.5, "3", undefined] as number[]) {
    await rejects(consumer.commit([{ topic: "t", partition: 0, offset }]), TypeError);
  }
  await consumer.close();
});

Deno.test("Consumer that was told nothing to read says so, instead of waiting for ever", async () => {
  const consumer = new Consumer({ "bootstrap.servers": "127.0.0.1:1" });
  await rejects(consumer.poll({ timeoutMs: 60_000 }), /nothing to read: subscribe it to topics, or assign/);
  await consumer.close();
});
