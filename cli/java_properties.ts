/**
 * A `client.properties` as Java's tools take it: who one is and whom one trusts have other names there.
 *
 * What must be true: whoever has such a file reaches the same cluster with it, as the same user; where that can't be (a
 * keystore in a format of Java's own), it is said what to do instead.
 * @module
 */
import type { PropertyEntry } from "../broker/properties_file.ts";
import { CommandFailure } from "./command.ts";
import { readTextFile } from "./read_text_file.ts";

type Entry = readonly [name: string, value: string];

/** Settings of Java's that have no meaning here, or only one value that we have by nature. */
const WITHOUT_EFFECT = new Set([
  "sasl.client.callback.handler.class",
  "sasl.login.callback.handler.class",
  "ssl.enabled.protocols",
  "ssl.keystore.type",
  "ssl.protocol",
  "ssl.truststore.type",
]);

const RENAMED: Readonly<Record<string, string>> = {
  "ssl.truststore.certificates": "ssl.ca",
  "ssl.keystore.certificate.chain": "ssl.cert",
  "ssl.keystore.key": "ssl.key",
};

/** The same by the names that our clients have. Throws {@link CommandFailure}; `path`: of the file. */
export function fromJavaProperties(entries: readonly PropertyEntry[], path: string): Entry[] {
  const values = new Map(entries.map(({ name, value }) => [name, value]));
  const pem = (name: string) => {
    const store = name.slice(0, name.lastIndexOf("."));
    const type = values.get(`${store}.type`)?.toUpperCase();
    if (type === "PEM") return readTextFile(`--config-file ${path}: ${name}`, values.get(name)!);
    throw new CommandFailure(
      `--config-file ${path}: ${name} is a store of Java's; wanted is a PEM file and ${store}.type=PEM ` +
        "(keytool -exportcert -rfc writes one)",
    );
  };
  return [...values].flatMap(([name, value]): Entry[] => {
    if (WITHOUT_EFFECT.has(name)) return [];
    // Another value would be no check of the host's name: that is refused as a config that there is not.
    if (name === "ssl.endpoint.identification.algorithm" && value.toLowerCase() === "https") return [];
    if (name === "sasl.jaas.config") return fromJaas(value, path);
    if (name === "ssl.truststore.location") return [["ssl.ca", pem(name)]];
    if (name === "ssl.keystore.location") return certificateAndKey(pem(name), path);
    return [[RENAMED[name] ?? name, value]];
  });
}

/** `…ScramLoginModule required username="alice" password="secret";` */
function fromJaas(text: string, path: string): Entry[] {
  const values = new Map<string, string>();
  for (const [, name, quoted, bare] of text.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/g)) {
    values.set(name!, quoted === undefined ? bare! : quoted.replaceAll(/\\(.)/g, "$1"));
  }
  const [user, password] = [values.get("username"), values.get("password")];
  if (user !== undefined && password !== undefined) {
    return [["sasl.username", user], ["sasl.password", password]];
  }
  throw new CommandFailure(
    `--config-file ${path}: sasl.jaas.config has no username and password, and no other way to say who one is is known here`,
  );
}

/** A PEM keystore has both in one file. */
function certificateAndKey(text: string, path: string): Entry[] {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----\n?/g) ?? [];
  const isKey = (block: string) => /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(block);
  const [keys, certificates] = [blocks.filter(isKey), blocks.filter((block) => !isKey(block))];
  if (keys.length === 1 && certificates.length > 0) {
    return [["ssl.cert", certificates.join("")], ["ssl.key", keys[0]!]];
  }
  throw new CommandFailure(
    `--config-file ${path}: ssl.keystore.location has ${certificates.length} certificates and ${keys.length} private keys, ` +
      "but wants a certificate and its key",
  );
}
