import { equal, match, ok } from "node:assert/strict";
import { durabilityOf } from "../broker/durability.ts";
import { defaultLogConfig } from "../storage/log_config.ts";
import { banner, gatewayBanner, readyLine } from "./banner.ts";

const facts = {
  version: "1.2.3",
  kafka: [{ host: "127.0.0.1", port: 4001 }],
  http: { host: "127.0.0.1", port: 4002 },
  dataDirectory: "/var/lib/milena",
  clusterId: "abc",
  durability: durabilityOf(defaultLogConfig).sentence,
};

Deno.test("banner tells version, addresses, directory, acknowledgement and three commands with the real ports", () => {
  const text = banner(facts);
  match(text, /1\.2\.3/);
  match(text, /Kafka +127\.0\.0\.1:4001/);
  match(text, /HTTP +http:\/\/127\.0\.0\.1:4002/);
  match(text, /data +\/var\/lib\/milena/);
  match(text, /a killed process loses nothing acknowledged; a power cut at most the last second/);
  equal(
    text.split("\n").filter((line) => /^ +(echo|milena|curl) .*127\.0\.0\.1:400[12]/.test(line)).length,
    3,
  );
});

Deno.test("banner has commands that work where the broker listens on every address", () => {
  const text = banner({
    ...facts,
    kafka: [{ host: "0.0.0.0", port: 4001 }],
    http: { host: "::", port: 4002 },
  });
  match(text, /Kafka +0\.0\.0\.0:4001/);
  match(text, /milena produce greetings -b 127\.0\.0\.1:4001/);
  match(text, /curl 'http:\/\/\[::1\]:4002/);
});

Deno.test("banner without HTTP has three commands all the same", () => {
  const text = banner({ ...facts, http: undefined });
  match(text, /HTTP +none/);
  ok(!text.includes("curl"));
  equal(text.match(/^ +(echo hello \| milena produce|milena consume|kcat) .*127/gm)?.length, 3);
});

Deno.test("readyLine is what scripts wait for", () => {
  equal(
    readyLine({ host: "127.0.0.1", port: 1 }, { host: "::1", port: 2 }),
    "milena ready kafka=127.0.0.1:1 http=[::1]:2",
  );
  equal(readyLine({ host: "127.0.0.1", port: 1 }, undefined), "milena ready kafka=127.0.0.1:1 http=none");
});

Deno.test("durabilityOf says what an acknowledgement means", () => {
  equal(
    durabilityOf({ ...defaultLogConfig, flushMessages: 1 }).sentence,
    "acknowledged = on disk (fdatasync)",
  );
  equal(durabilityOf({ ...defaultLogConfig, flushMessages: 1 }).isOnDisk, true);
  match(durabilityOf({ ...defaultLogConfig, flushMs: 5000 }).sentence, /at most the last 5 seconds$/);
  match(durabilityOf({ ...defaultLogConfig, flushMs: 250 }).sentence, /at most the last 250 milliseconds$/);
  match(
    durabilityOf({ ...defaultLogConfig, flushMs: Infinity }).sentence,
    /whatever the system has not written/,
  );
});

Deno.test("gatewayBanner tells the address, the brokers and what an acknowledgement is, and has three commands", () => {
  const text = gatewayBanner({
    version: "1.2.3",
    http: { host: "0.0.0.0", port: 4002 },
    clusterId: "abc",
    brokers: [1, 2, 3, 4, 5, 6, 7].map((id) => ({ host: `kafka-${id}`, port: 9092 })),
  });
  match(text, /1\.2\.3, HTTP in front of a Kafka cluster/);
  match(text, /brokers +kafka-1:9092, .*kafka-5:9092 and 2 more \(cluster abc\)/);
  match(text, /acknowledgement +as the cluster has it/);
  equal(text.match(/curl .*http:\/\/127\.0\.0\.1:4002/g)?.length, 3);
  equal(readyLine(undefined, { host: "127.0.0.1", port: 4002 }), "milena ready http=127.0.0.1:4002");
});
