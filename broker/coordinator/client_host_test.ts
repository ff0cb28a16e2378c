import assert from "node:assert/strict";
import { clientHost } from "./client_host.ts";

Deno.test("clientHost writes addresses as Java does, which Kafka's tools show", () => {
  const told = (family: "ipv4" | "ipv6" | "unix", host: string) => clientHost({ family, host, port: 1 });
  assert.equal(told("ipv4", "127.0.0.1"), "/127.0.0.1");
  assert.equal(told("ipv6", "::1"), "/0:0:0:0:0:0:0:1");
  assert.equal(told("ipv6", "fe80::1:2"), "/fe80:0:0:0:0:0:1:2");
  assert.equal(told("ipv6", "2001:db8::"), "/2001:db8:0:0:0:0:0:0");
  assert.equal(told("ipv6", "1:2:3:4:5:6:7:8"), "/1:2:3:4:5:6:7:8");
  assert.equal(told("ipv6", "::ffff:10.0.0.7"), "/10.0.0.7");
  assert.equal(told("unix", "/run/milena.sock"), "/127.0.0.1");
});
