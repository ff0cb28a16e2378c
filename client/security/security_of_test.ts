import { deepEqual, equal, throws } from "node:assert/strict";
import { commonKeys } from "../config/common_keys.ts";
import type { ConfigInput } from "../config/config_key.ts";
import { ConfigError, readConfig } from "../config/read_config.ts";
import { securityOf } from "./security_of.ts";

const cert = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const key = "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n";

function read(given: Omit<ConfigInput<typeof commonKeys>, "bootstrap.servers">) {
  return securityOf(readConfig("a client", commonKeys, { "bootstrap.servers": "a:1", ...given }));
}

Deno.test("securityOf() has TLS and SASL by security.protocol", () => {
  deepEqual(read({}), { tls: undefined, sasl: undefined });
  deepEqual(read({ "security.protocol": "SSL" }), { tls: {}, sasl: undefined });
  const user = { "sasl.username": "a", "sasl.password": "b" } as const;
  const both = read({
    "security.protocol": "SASL_SSL",
    "ssl.ca": cert,
    "ssl.cert": cert,
    "ssl.key": key,
    ...user,
  });
  deepEqual(both.tls, { ca: cert, cert, key });
  equal(both.sasl?.name, "PLAIN");
  for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    const { tls, sasl } = read({
      "security.protocol": "SASL_PLAINTEXT",
      "sasl.mechanism": mechanism,
      ...user,
    });
    equal(tls, undefined);
    equal(sasl?.name, mechanism);
  }
});

const refused: readonly [Parameters<typeof read>[0], RegExp][] = [
  [{ "ssl.ca": cert }, /"ssl.ca" is given, but "security.protocol" is PLAINTEXT.*SSL or SASL_SSL/],
  [
    { "sasl.password": "x", "security.protocol": "SSL" },
    /"sasl.password" is given, but.*SASL_SSL or SASL_PLAINTEXT/,
  ],
  [
    { "security.protocol": "SSL", "ssl.ca": "/etc/ca.pem" },
    /must be the text of a PEM file \(not the file's path\)/,
  ],
  [{ "security.protocol": "SSL", "ssl.cert": cert }, /"ssl.cert" is given without "ssl.key"/],
  [{ "security.protocol": "SSL", "ssl.key": key }, /"ssl.key" is given without "ssl.cert"/],
  [
    { "security.protocol": "SSL", "ssl.cert": cert, "ssl.key": key.replaceAll("EC", "ENCRYPTED") },
    /"ssl.key" is encrypted/,
  ],
  [
    { "security.protocol": "SASL_SSL", "sasl.username": "a" },
    /PLAIN needs "sasl.username" and "sasl.password"/,
  ],
  [{ "security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER" }, /needs "sasl.oauthbearer.token"/],
  [
    { "security.protocol": "SASL_SSL", "sasl.username": "a\0b", "sasl.password": "c" },
    /can't hold a zero character/,
  ],
];

for (const [given, why] of refused) {
  Deno.test(`securityOf() refuses ${Object.keys(given).join(", ")} with ${why.source.slice(0, 40)}…`, () => {
    throws(() => read(given), (error) => error instanceof ConfigError && why.test(error.message));
  });
}
