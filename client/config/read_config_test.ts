import { deepEqual, equal, throws } from "node:assert/strict";
import { commonKeys } from "./common_keys.ts";
import { consumerKeys } from "./consumer_keys.ts";
import { producerKeys } from "./producer_keys.ts";
import { ConfigError, readConfig } from "./read_config.ts";

const bootstrap = { "bootstrap.servers": "a:9092" } as const;

Deno.test("readConfig gives Kafka's defaults for what was not given", () => {
  const producer = readConfig("a producer", producerKeys, bootstrap);
  deepEqual(producer["bootstrap.servers"], ["a:9092"]);
  equal(producer["batch.size"], 16_384);
  equal(producer["enable.idempotence"], true);
  const consumer = readConfig("a consumer", consumerKeys, bootstrap);
  deepEqual(consumer["partition.assignment.strategy"], ["range", "cooperative-sticky"]);
});

Deno.test("readConfig takes values as they are, or as a properties file has them", () => {
  const values = readConfig("a producer", producerKeys, {
    "bootstrap.servers": ["a:1", "b:2"],
    "linger.ms": "20",
    "enable.idempotence": "FALSE",
    "compression.type": "lz4",
  });
  equal(values["linger.ms"], 20);
  equal(values["enable.idempotence"], false);
  equal(values["compression.type"], "lz4");
});

Deno.test("readConfig refuses a name that is none, and says which was meant", () => {
  throws(
    () => readConfig("a producer", producerKeys, { ...bootstrap, "batchSize": 1 } as object),
    new ConfigError('a producer has no config "batchSize"; did you mean batch.size?'),
  );
  throws(
    () => readConfig("a producer", producerKeys, { ...bootstrap, "toString": 1 } as object),
    new ConfigError('a producer has no config "toString"'),
  );
});

Deno.test("readConfig refuses a value that is none, and says what is wanted", () => {
  throws(
    () => readConfig("a producer", producerKeys, { ...bootstrap, "linger.ms": -1 }),
    new ConfigError('"linger.ms" of a producer is -1, but must be a whole number of at least 0'),
  );
  throws(
    () => readConfig("a producer", producerKeys, { ...bootstrap, "key.serializer": {} as never }),
    new ConfigError('"key.serializer" of a producer is {}, but must be an object with a method serialize'),
  );
  throws(
    () => readConfig("a client", commonKeys, { "sasl.mechanism": "GSSAPI" as never, ...bootstrap }),
    new ConfigError(
      '"sasl.mechanism" of a client is "GSSAPI", but must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER',
    ),
  );
});

Deno.test("readConfig says what must be given", () => {
  throws(
    () => readConfig("a consumer", consumerKeys, {}),
    new ConfigError(
      'a consumer needs "bootstrap.servers": a list of at least one text, or one text with commas between them',
    ),
  );
});

Deno.test("readConfig wants an address at least", () => {
  for (const none of ["", " ", ",", []]) {
    throws(
      () => readConfig("a producer", producerKeys, { "bootstrap.servers": none }),
      /^ConfigError: "bootstrap.servers" of a producer is .*, but must be a list of at least one text/,
    );
  }
});
