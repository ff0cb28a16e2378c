import { deepEqual, throws } from "node:assert/strict";
import { parseProperties } from "../broker/properties_file.ts";
import { fromJavaProperties } from "./java_properties.ts";

function read(text: string): Record<string, string> {
  return Object.fromEntries(fromJavaProperties(parseProperties(text), "client.properties"));
}

function temporaryFile(text: string): Disposable & { readonly path: string } {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, text);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";

Deno.test("fromJavaProperties leaves what has the same name", () => {
  deepEqual(read("bootstrap.servers=a:1\nrequest.timeout.ms=5000\nunknown=x"), {
    "bootstrap.servers": "a:1",
    "request.timeout.ms": "5000",
    "unknown": "x",
  });
});

Deno.test("fromJavaProperties finds user and password in a JAAS line", () => {
  const lines = (login: string) => `sasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=${login}`;
  const alice = { "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "alice", "sasl.password": 'se"c;ret' };
  deepEqual(
    read(lines(
      'org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  username="alice" \\\n  password="se\\\\"c;ret";',
    )),
    alice,
  );
  deepEqual(
    read(lines("PlainLoginModule required username=alice password=plain;"))["sasl.password"],
    "plain",
  );
  throws(
    () => read("sasl.jaas.config=Krb5LoginModule required useKeyTab=true;"),
    /^CommandFailure: --config-file client\.properties: sasl\.jaas\.config has no username and password/,
  );
});

Deno.test("fromJavaProperties reads PEM stores, and says what to do with others", () => {
  using trusted = temporaryFile(certificate);
  using own = temporaryFile(key + certificate);
  deepEqual(
    read(
      `ssl.truststore.type=PEM\nssl.truststore.location=${trusted.path}\n` +
        `ssl.keystore.type=PEM\nssl.keystore.location=${own.path}`,
    ),
    { "ssl.ca": certificate, "ssl.cert": certificate, "ssl.key": key },
  );
  deepEqual(read("ssl.truststore.type=PEM\nssl.truststore.certificates=PEM"), { "ssl.ca": "PEM" });
  throws(
    () => read("ssl.truststore.location=/etc/kafka/trust.jks"),
    /ssl\.truststore\.location is a store of Java's; wanted is a PEM file and ssl\.truststore\.type=PEM/,
  );
  throws(
    () => read(`ssl.keystore.type=PEM\nssl.keystore.location=${trusted.path}`),
    /has 1 certificates and 0 private keys/,
  );
});
