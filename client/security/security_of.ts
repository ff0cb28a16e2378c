/**
 * Security as a client's configuration describes it.
 *
 * What must be true: whoever has given a key that only one security.protocol uses is not left with another, since what
 * should have been hidden would go in the clear.
 * @module
 */
import { ConfigError } from "../config/read_config.ts";
import type { TlsOptions } from "../sockets/socket.ts";
import { oauthBearer, type TokenSource } from "./oauth_bearer.ts";
import { plain } from "./plain.ts";
import type { SaslMechanism } from "./sasl_mechanism.ts";
import { scram } from "./scram.ts";
import type { Security } from "./security.ts";

export interface SecurityConfig {
  readonly "security.protocol": "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  readonly "ssl.ca": string | null;
  readonly "ssl.cert": string | null;
  readonly "ssl.key": string | null;
  readonly "sasl.mechanism": "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512" | "OAUTHBEARER";
  readonly "sasl.username": string | null;
  readonly "sasl.password": string | null;
  readonly "sasl.oauthbearer.token": TokenSource | null;
}

/** Throws a ConfigError if keys lack or contradict each other. */
export function securityOf(config: SecurityConfig): Security {
  const protocol = config["security.protocol"];
  const hasTls = protocol.endsWith("SSL");
  const hasSasl = protocol.startsWith("SASL");
  if (!hasTls) refuseUnused(config, ["ssl.ca", "ssl.cert", "ssl.key"], "SSL or SASL_SSL");
  if (!hasSasl) {
    refuseUnused(
      config,
      ["sasl.username", "sasl.password", "sasl.oauthbearer.token"],
      "SASL_SSL or SASL_PLAINTEXT",
    );
  }
  return { tls: hasTls ? tlsOf(config) : undefined, sasl: hasSasl ? saslOf(config) : undefined };
}

function refuseUnused(
  config: SecurityConfig,
  names: readonly (keyof SecurityConfig)[],
  wanted: string,
): void {
  const unused = names.find((name) => config[name] !== null);
  if (unused === undefined) return;
  throw new ConfigError(
    `"${unused}" is given, but "security.protocol" is ${
      config["security.protocol"]
    }, which does not use it; set ` +
      `"security.protocol" to ${wanted}`,
  );
}

function tlsOf(config: SecurityConfig): TlsOptions {
  const ca = pem(config, "ssl.ca", "CERTIFICATE");
  const cert = pem(config, "ssl.cert", "CERTIFICATE");
  const key = pem(config, "ssl.key", "PRIVATE KEY");
  if ((cert === undefined) !== (key === undefined)) {
    const [given, lacking] = key === undefined ? ["ssl.cert", "ssl.key"] : ["ssl.key", "ssl.cert"];
    throw new ConfigError(`"${given}" is given without "${lacking}": a certificate needs its private key`);
  }
  return {
    ...ca === undefined ? {} : { ca },
    ...cert === undefined || key === undefined ? {} : { cert, key },
  };
}

function pem(
  config: SecurityConfig,
  name: "ssl.ca" | "ssl.cert" | "ssl.key",
  label: string,
): string | undefined {
  const text = config[name];
  if (text === null) return undefined;
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new ConfigError(
      `"${name}" is encrypted, and there is no way to give its password: give it decrypted`,
    );
  }
  // Also "EC PRIVATE KEY" and "TRUSTED CERTIFICATE".
  if (!new RegExp(`-----BEGIN ([A-Z0-9]+ )*${label}-----`).test(text)) {
    throw new ConfigError(
      `"${name}" has no "-----BEGIN ${label}-----", but must be the text of a PEM file (not the file's path)`,
    );
  }
  return text;
}

function saslOf(config: SecurityConfig): SaslMechanism {
  const mechanism = config["sasl.mechanism"];
  if (mechanism === "OAUTHBEARER") {
    const source = config["sasl.oauthbearer.token"];
    if (source === null) {
      throw new ConfigError(
        '"sasl.mechanism" OAUTHBEARER needs "sasl.oauthbearer.token": a function that gives a token',
      );
    }
    return oauthBearer(source);
  }
  const [username, password] = [config["sasl.username"], config["sasl.password"]];
  if (username === null || password === null) {
    throw new ConfigError(`"sasl.mechanism" ${mechanism} needs "sasl.username" and "sasl.password"`);
  }
  switch (mechanism) {
    case "PLAIN":
      return plainOf(username, password);
    case "SCRAM-SHA-256":
      return scram({ hash: "SHA-256", username, password });
    case "SCRAM-SHA-512":
      return scram({ hash: "SHA-512", username, password });
  }
}

function plainOf(username: string, password: string): SaslMechanism {
  if (`${username}${password}`.includes("\0")) {
    throw new ConfigError('"sasl.username" and "sasl.password" can\'t hold a zero character with PLAIN');
  }
  return plain({ username, password });
}
