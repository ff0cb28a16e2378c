import { deepEqual, equal } from "node:assert/strict";
import { formatHostPort, overlap, parseHostPort, resolveListeners } from "./listeners.ts";

const protocolMap = ["PLAINTEXT:PLAINTEXT", "SSL:SSL", "SASL_SSL:SASL_SSL"];

function resolve(listeners: string[], advertised: string[] | null = null, map = protocolMap) {
  return resolveListeners({
    listeners,
    "advertised.listeners": advertised,
    "listener.security.protocol.map": map,
    "controller.listener.names": ["CONTROLLER"],
  });
}

Deno.test("parseHostPort reads names, addresses and IPv6 in brackets, and formatHostPort writes them back", () => {
  for (const text of ["127.0.0.1:9092", "broker.example.org:1", ":9092", "[::1]:0", "my_host:65535"]) {
    equal(formatHostPort(parseHostPort(text)!), text);
  }
  deepEqual(parseHostPort("[::1]:9092"), { host: "::1", port: 9092 });
});

Deno.test("parseHostPort refuses what is no address", () => {
  for (
    const text of ["", "9092", "host", "host:", "::1:9092", "host:65536", "host:-1", "a b:1", "http://x:1"]
  ) {
    equal(parseHostPort(text), undefined, text);
  }
});

Deno.test("overlap sees that two sockets can't both listen", () => {
  equal(overlap({ host: "", port: 1 }, { host: "127.0.0.1", port: 1 }), true);
  equal(overlap({ host: "::1", port: 1 }, { host: "127.0.0.1", port: 1 }), false);
  equal(overlap({ host: "", port: 1 }, { host: "", port: 2 }), false);
});

Deno.test("resolveListeners leaves controllers' listeners out", () => {
  const { listeners, advertised, problems } = resolve(["PLAINTEXT://:9092", "CONTROLLER://:9093"]);
  deepEqual(listeners, [{ name: "PLAINTEXT", host: "", port: 9092 }]);
  equal(advertised, undefined);
  deepEqual(problems, []);
});

Deno.test("resolveListeners serves the two listeners that compose files have", () => {
  const { listeners, advertised, problems } = resolve(
    ["PLAINTEXT://0.0.0.0:29092", "PLAINTEXT_HOST://0.0.0.0:9092"],
    ["PLAINTEXT_HOST://localhost:9092", "PLAINTEXT://kafka:29092"],
    [...protocolMap, "PLAINTEXT_HOST:PLAINTEXT"],
  );
  deepEqual(problems, []);
  deepEqual(listeners.map(({ port }) => port), [29092, 9092]);
  deepEqual(advertised?.map(formatHostPort), ["kafka:29092", "localhost:9092"], "in the order of listeners");
});

Deno.test("resolveListeners says that TLS and logins are not served", () => {
  deepEqual(resolve(["SSL://:9093"]).problems, [
    "listeners has a listener SSL that speaks SSL, but this version serves PLAINTEXT only: leave it out",
  ]);
});

Deno.test("resolveListeners says what a name without a protocol lacks", () => {
  deepEqual(resolve(["OUTSIDE://:9093"]).problems, [
    "listeners has a listener OUTSIDE, but listener.security.protocol.map does not say its protocol: add OUTSIDE:PLAINTEXT there",
  ]);
});

Deno.test("resolveListeners refuses names and ports that come twice, but not free ports", () => {
  deepEqual(resolve(["PLAINTEXT://a:1", "PLAINTEXT://b:2"]).problems, [
    'listeners has the name PLAINTEXT twice: in "PLAINTEXT://a:1" and "PLAINTEXT://b:2"',
  ]);
  const map = [...protocolMap, "TWO:PLAINTEXT"];
  deepEqual(resolve(["PLAINTEXT://:1", "TWO://127.0.0.1:1"], null, map).problems, [
    'listeners has port 1 twice: in "PLAINTEXT://:1" and "TWO://127.0.0.1:1"',
  ]);
  deepEqual(resolve(["PLAINTEXT://:0", "TWO://:0"], null, map).problems, []);
});

Deno.test("resolveListeners wants at least one listener for clients", () => {
  deepEqual(resolve(["CONTROLLER://:9093"]).problems, [
    "listeners names no listener for clients, but at least one is wanted, such as PLAINTEXT://127.0.0.1:9092",
  ]);
});

Deno.test("resolveListeners wants an advertised address that clients can reach, for each listener", () => {
  equal(resolve(["PLAINTEXT://:9092"], ["PLAINTEXT://0.0.0.0:9092"]).problems.length, 1);
  equal(resolve(["PLAINTEXT://:9092"], ["PLAINTEXT://:9092"]).problems.length, 1);
  deepEqual(resolve(["PLAINTEXT://:9092"], ["OTHER://kafka:9092"]).problems, [
    "advertised.listeners has OTHER, but listeners has no such listener: their names must match",
    "advertised.listeners has no address for the listener PLAINTEXT: add PLAINTEXT://HOST:PORT there",
  ]);
});

Deno.test("resolveListeners says how a listener is written", () => {
  deepEqual(resolve(["127.0.0.1:9092"]).problems, [
    'listeners has "127.0.0.1:9092", but must be NAME://HOST:PORT, such as PLAINTEXT://127.0.0.1:9092',
  ]);
});
