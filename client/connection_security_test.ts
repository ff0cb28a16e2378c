/**
 * When a connection says who it is, and what becomes of its requests meanwhile; with a broker that does as it is told here.
 * Apache Kafka's own part is in tests/clients/kafka_security_test.ts.
 */
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { api, apis } from "../protocol/apis.ts";
import { type Handlers, TinyServer } from "../tests/support/tiny_server.ts";
import { Connection } from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";
import { oauthBearer } from "./security/oauth_bearer.ts";
import { plain } from "./security/plain.ts";
import type { SaslMechanism } from "./security/sasl_mechanism.ts";
import { scram } from "./security/scram.ts";

const none = new Uint8Array();
const anyTopic = { topics: [], allowAutoTopicCreation: false };
const metadata = { Metadata: () => ({ brokers: [], topics: [] }) } satisfies Handlers;
const password = plain({ username: "a", password: "b" });

function connect(server: TinyServer, sasl: SaslMechanism, connectTimeoutMs = 5000): Promise<Connection> {
  return Connection.connect({
    address: { path: server.path },
    clientId: "test",
    security: { sasl },
    connectTimeoutMs,
    requestTimeoutMs: 5000,
  });
}

function names(server: TinyServer): string[] {
  return server.requests.map(({ apiKey }) => apis.get(apiKey)!.name);
}

/** Takes any proof, and for `sessionLifetimeMs`. */
function believing(sessionLifetimeMs: number): Handlers {
  return {
    ...metadata,
    SaslHandshake: ({ mechanism }) => ({ errorCode: 0, mechanisms: [mechanism] }),
    SaslAuthenticate: () => ({ errorCode: 0, errorMessage: null, authBytes: none, sessionLifetimeMs }),
  };
}

Deno.test("Connection.connect() says who it is after versions are agreed on, and before anything else", async () => {
  const told: string[] = [];
  await using server = new TinyServer({
    ...believing(0),
    SaslAuthenticate: ({ authBytes }) => {
      told.push(new TextDecoder().decode(authBytes));
      return { errorCode: 0, errorMessage: null, authBytes: none };
    },
  });
  using connection = await connect(server, password);
  await connection.request(api.Metadata, anyTopic);
  deepEqual(names(server), ["ApiVersions", "SaslHandshake", "SaslAuthenticate", "Metadata"]);
  deepEqual(told, ["\0a\0b"]);
});

Deno.test("Connection.connect() tells a refusal in the broker's words, as final", async () => {
  await using server = new TinyServer({
    ...believing(0),
    SaslAuthenticate: () => ({ errorCode: 58, errorMessage: "you again", authBytes: none }),
  });
  await rejects(connect(server, password), (error) => {
    return error instanceof ConnectionError && error.failure === "authentication" && !error.retriable &&
      /refuses PLAIN: SASL_AUTHENTICATION_FAILED \(you again\); check sasl\.username/.test(error.message);
  });
});

Deno.test("Connection.connect() says that a broker has no SASL, and what to set", async () => {
  await using server = new TinyServer(metadata);
  await rejects(connect(server, password), (error) => {
    return error instanceof ConnectionError && error.failure === "authentication" &&
      /has no SASL.*set security\.protocol to PLAINTEXT or SSL/.test(error.message);
  });
});

Deno.test("Connection.connect() does not believe a broker that takes a proof of SCRAM without one of its own", async () => {
  await using server = new TinyServer(believing(0));
  const mechanism = scram({ hash: "SHA-256", username: "a", password: "b" });
  await rejects(connect(server, mechanism), (error) => {
    return error instanceof ConnectionError && error.failure === "authentication" &&
      /no SCRAM-SHA-256 with the broker at unix:.*no first message of SCRAM/.test(error.message);
  });
});

Deno.test("Connection.connect() gives up in time when nobody gives a token", async () => {
  await using server = new TinyServer(believing(0));
  await rejects(connect(server, oauthBearer(() => new Promise(() => {})), 50), (error) => {
    return error instanceof ConnectionError && error.failure === "timeout" &&
      /OAUTHBEARER.*took more than/.test(error.message);
  });
});

Deno.test("Connection says again who it is before its session ends, and keeps the order of requests", async () => {
  let believedUntil = Infinity;
  let answered = 0;
  const lifetimeMs = 60;
  await using server = new TinyServer({
    ...believing(lifetimeMs),
    SaslHandshake: ({ mechanism }) => {
      believedUntil = -Infinity;
      return { errorCode: 0, mechanisms: [mechanism] };
    },
    SaslAuthenticate: async () => {
      // Long enough that many requests gather behind it.
      await new Promise((resolve) => setTimeout(resolve, 5));
      believedUntil = performance.now() + lifetimeMs;
      return { errorCode: 0, errorMessage: null, authBytes: none, sessionLifetimeMs: lifetimeMs };
    },
    // A broker closes the connection of whoever asks too late, or between two steps.
    Metadata: (_, { socket }) => {
      if (performance.now() > believedUntil) {
        socket.close();
        return undefined;
      }
      return { brokers: [], topics: [], clusterId: String(answered++) };
    },
    Produce: () => undefined,
  });
  using connection = await connect(server, password);
  const asked: Promise<string | null | undefined>[] = [];
  for (const until = performance.now() + 6 * lifetimeMs; performance.now() < until;) {
    for (let i = 0; i < 3; i++) {
      asked.push(connection.request(api.Metadata, anyTopic).then(({ clusterId }) => clusterId));
    }
    await connection.send(api.Produce, { acks: 0, timeoutMs: 1000, topicData: [] });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  deepEqual(await Promise.all(asked), asked.map((_, i) => String(i)));
  const handshakes = names(server).filter((name) => name === "SaslHandshake").length;
  ok(handshakes >= 4, `only ${handshakes} proofs`);
  equal(server.accepted, 1);
});

Deno.test("Connection ends, with what waits, when its second proof is refused", async () => {
  let proofs = 0;
  await using server = new TinyServer({
    ...believing(1),
    SaslAuthenticate: () => {
      return proofs++ === 0
        ? { errorCode: 0, errorMessage: null, authBytes: none, sessionLifetimeMs: 1 }
        : { errorCode: 58, errorMessage: "expired", authBytes: none };
    },
  });
  using connection = await connect(server, password);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const requests = [1, 2].map(() => connection.request(api.Metadata, anyTopic));
  equal(connection.inFlight >= 2, true);
  for (const result of await Promise.allSettled(requests)) {
    ok(result.status === "rejected" && result.reason instanceof ConnectionError);
    equal(result.reason.failure, "authentication");
    equal(result.reason.sent, false);
  }
  equal(connection.inFlight, 0);
  equal(names(server).includes("Metadata"), false);
});
