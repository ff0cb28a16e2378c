/**
 * What producers, consumers and admins are all told: where the cluster is, how to get in, how patient to be. Names and
 * defaults are Kafka's.
 * @module
 */
import type { OAuthBearerToken } from "../security/oauth_bearer.ts";
import { callback, int, list, long, oneOf, text } from "./config_key.ts";

export const commonKeys = {
  "bootstrap.servers": list(
    undefined,
    "Brokers to begin with, HOST:PORT each. They tell the others, so one that is up is enough.",
  ),
  "client.id": text("milena", "Told to brokers with every request: their logs and quotas go by it."),
  "security.protocol": oneOf(
    "PLAINTEXT",
    ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
    "How brokers are talked to: with SSL over TLS, with SASL after saying who one is.",
  ),
  "ssl.ca": text(
    null,
    "Certificates of authorities to trust, the text of a PEM file. null: those that the runtime trusts; Deno trusts those " +
      "besides in any case.",
  ),
  "ssl.cert": text(null, "The client's own certificate and those between it and an authority, PEM."),
  "ssl.key": text(null, "The private key of ssl.cert, PEM."),
  "sasl.mechanism": oneOf(
    "PLAIN",
    ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"],
    "How to prove who one is.",
  ),
  "sasl.username": text(null, "For PLAIN and SCRAM."),
  "sasl.password": text(null, "For PLAIN and SCRAM."),
  "sasl.oauthbearer.token": callback<() => OAuthBearerToken | Promise<OAuthBearerToken>>(
    "a function that gives a token",
    "Called for each connection, and again before the token ends, with OAUTHBEARER.",
  ),
  "request.timeout.ms": int(30_000, { least: 1 }, "How long a broker may take to answer."),
  "socket.connection.setup.timeout.ms": long(
    10_000,
    { least: 1 },
    "How long it may take to connect to a broker, TLS and SASL included, before it counts as away.",
  ),
  "reconnect.backoff.ms": long(
    50,
    { least: 0 },
    "The first wait before a broker that was away is tried again.",
  ),
  "reconnect.backoff.max.ms": long(1000, { least: 0 }, "The longest such wait."),
  "retry.backoff.ms": long(100, { least: 0 }, "The first wait before a request that failed is tried again."),
  "retry.backoff.max.ms": long(1000, { least: 0 }, "The longest such wait."),
  "connections.max.idle.ms": long(540_000, { least: 1 }, "Connections that are idle for so long are closed."),
  "metadata.max.age.ms": long(
    300_000,
    { least: 0 },
    "How old what is known of topics may get before it is asked for again.",
  ),
} as const;
