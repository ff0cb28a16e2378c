/**
 * The client and Apache Kafka 4.3 with TLS and SASL: every mechanism, both sides' certificates, sessions that end, and
 * what people are told when something is wrong. One broker for all, since starting it takes longest.
 */
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { milena } from "../../cli/testing/milena.ts";
import { api } from "../../protocol/apis.ts";
import { Connection } from "../../client/connection.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { clusterOf } from "../../client/config/cluster_of.ts";
import { commonKeys } from "../../client/config/common_keys.ts";
import type { ConfigInput } from "../../client/config/config_key.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { scram } from "../../client/security/scram.ts";
import { Consumer, Producer } from "../../client/mod.ts";
import { buildModules } from "../../scripts/npm.ts";
import { Authority, openssl } from "../support/certificates.ts";
import { KafkaCluster } from "../support/kafka_cluster.ts";
import { startMilena } from "../support/milena_process.ts";
import { node, runNode } from "../support/node_program.ts";
import { javaTools } from "../support/peers.ts";
import { testNeeding } from "../support/requirement.ts";

type Given = ConfigInput<typeof commonKeys>;

const user = { "sasl.username": "alice", "sasl.password": "alice-secret" } as const;
const SESSION_MS = 1500;
const modules = "org.apache.kafka.common.security";

/** JAAS wants its quotes. */
const sasl = {
  "plain.sasl.jaas.config": `${modules}.plain.PlainLoginModule required user_alice="${
    user["sasl.password"]
  }";`,
  "scram-sha-256.sasl.jaas.config": `${modules}.scram.ScramLoginModule required;`,
  "scram-sha-512.sasl.jaas.config": `${modules}.scram.ScramLoginModule required;`,
  "oauthbearer.sasl.jaas.config":
    `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
};

/** As Kafka's own handler for tests takes it: a JWT that nobody has signed. */
function unsignedToken(claims: Record<string, unknown>): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const now = Date.now() / 1000;
  return `${part({ alg: "none" })}.${part({ iat: now - 5, exp: now + 600, ...claims })}.`;
}

const nodeScript = `
import { clusterOf } from "./cluster_of.js";
import { commonKeys } from "./common_keys.js";
import { readConfig } from "./read_config.js";
const outcomes = [];
for (const config of given) {
  const token = config["sasl.mechanism"] === "OAUTHBEARER" ? () => ({ token: config.token }) : null;
  const { token: _, ...rest } = config;
  const cluster = clusterOf(readConfig("a client", commonKeys, { ...rest, "sasl.oauthbearer.token": token }));
  try {
    outcomes.push((await cluster.describe()).brokers.length);
  } catch (error) {
    outcomes.push(error.failure + ": " + error.message);
  }
  cluster.close();
}
console.log(JSON.stringify(outcomes));
`;

const needs = [javaTools, node, openssl];

testNeeding(needs, "clusterOf() reaches Apache Kafka by TLS and SASL", async (context) => {
  await using authority = await Authority.create();
  await using stranger = await Authority.create("somebody else");
  const certified = await authority.sign("broker", "DNS:localhost,IP:127.0.0.1");
  const tls = {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.certificate.chain": certified.cert,
    "ssl.keystore.key": certified.key,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.certificates": authority.cert,
  };
  await using kafka = await KafkaCluster.start({
    brokerCount: 1,
    users: { alice: user["sasl.password"] },
    listeners: [
      { name: "TLS", protocol: "SSL", settings: tls },
      { name: "MUTUAL", protocol: "SSL", settings: { ...tls, "ssl.client.auth": "required" } },
      {
        name: "SECURE",
        protocol: "SASL_SSL",
        settings: {
          ...tls,
          ...sasl,
          "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        },
      },
      {
        name: "BRIEF",
        protocol: "SASL_PLAINTEXT",
        settings: {
          ...sasl,
          "sasl.enabled.mechanisms": "SCRAM-SHA-256",
          "scram-sha-256.connections.max.reauth.ms": String(SESSION_MS),
        },
      },
    ],
  });

  /** Asks one broker that the cluster names, over the listener: both connections must be believed. */
  async function ask(listener: string, given: Given, host = "127.0.0.1"): Promise<void> {
    const port = listener === "PLAINTEXT" ? kafka.addresses[0]!.port : kafka.addressOf(listener).port;
    const config = { "bootstrap.servers": `${host}:${port}`, ...given } as Given;
    using cluster = clusterOf(readConfig("a client", commonKeys, config));
    const { brokers } = await cluster.describe();
    deepEqual(brokers.map(({ port }) => port), [port]);
    await cluster.askBroker(brokers[0]!.id, api.ListGroups, { statesFilter: [], typesFilter: [] });
  }

  async function fails(
    listener: string,
    given: Given,
    failure: ConnectionError["failure"],
    words: RegExp,
  ): Promise<void> {
    const startedAt = performance.now();
    await rejects(ask(listener, given), (error) => {
      ok(error instanceof ConnectionError, `${error}`);
      match(error.message, words);
      equal(error.failure, failure, error.message);
      equal(error.retriable, failure === "closed" || failure === "unreachable");
      return true;
    });
    ok(performance.now() - startedAt < 10_000, "it was tried again and again");
  }

  const trusting = { "ssl.ca": authority.cert } as const;
  const secure = { "security.protocol": "SASL_SSL", ...trusting } as const;
  const brief = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "SCRAM-SHA-256",
    ...user,
  } as const;

  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    await context.step(mechanism, async () => {
      await ask("SECURE", { ...secure, ...user, "sasl.mechanism": mechanism });
      await fails(
        "SECURE",
        { ...secure, ...user, "sasl.mechanism": mechanism, "sasl.password": "wrong" },
        "authentication",
        new RegExp(
          `127\\.0\\.0\\.1:\\d+ refuses ${mechanism}: SASL_AUTHENTICATION_FAILED ` +
            "\\(Authentication failed.*[Ii]nvalid.*\\); check sasl\\.username and sasl\\.password",
        ),
      );
    });
  }

  await context.step("OAUTHBEARER", async () => {
    const bearer = { ...secure, "sasl.mechanism": "OAUTHBEARER" } as const;
    let asked = 0;
    await ask("SECURE", {
      ...bearer,
      "sasl.oauthbearer.token": () => {
        asked++;
        return Promise.resolve({ token: unsignedToken({ sub: "alice" }), extensions: { traceId: "123" } });
      },
    });
    ok(asked > 0);
    await fails(
      "SECURE",
      { ...bearer, "sasl.oauthbearer.token": () => ({ token: unsignedToken({ sub: "alice", exp: 1 }) }) },
      "authentication",
      /refuses OAUTHBEARER: SASL_AUTHENTICATION_FAILED \(.*\{"status":"invalid_token".*\); check the token/,
    );
  });

  await context.step("a producer, whose sender asks this thread for tokens, and a consumer", async () => {
    const bootstrap = { "bootstrap.servers": `127.0.0.1:${kafka.addressOf("SECURE").port}` } as const;
    await using producer = new Producer({
      ...bootstrap,
      ...secure,
      "sasl.mechanism": "OAUTHBEARER",
      "sasl.oauthbearer.token": () => ({ token: unsignedToken({ sub: "alice" }) }),
    });
    const { partition, offset } = await producer.send({ topic: "secure", value: "for alice" });
    await using consumer = new Consumer({
      ...bootstrap,
      ...secure,
      ...user,
      "sasl.mechanism": "SCRAM-SHA-512",
    });
    await consumer.assign([{ topic: "secure", partition, offset }]);
    const [record] = await consumer.poll({ timeoutMs: 10_000 });
    equal(new TextDecoder().decode(record!.value!), "for alice");
  });

  await context.step("a gateway", async () => {
    await using gateway = await startMilena({
      gatewayTo: `127.0.0.1:${kafka.addressOf("SECURE").port}`,
      args: ["--tls-ca", authority.certPath, "--user", "alice", "--sasl-mechanism", "SCRAM-SHA-256"],
      environment: { MILENA_PASSWORD: user["sasl.password"] },
    });
    const http = `http://127.0.0.1:${gateway.http.port}`;
    const records = `${http}/topics/by-gateway/records`;
    const written = await (await fetch(records, { method: "POST", body: "over TLS" })).json();
    equal(written.offset, 0);
    const read = await (await fetch(`${http}/topics/by-gateway/partitions/0/records?offset=0`)).json();
    equal(read[0].value, "over TLS");
  });

  await context.step("a command with the client.properties of Java's tools", async () => {
    const path = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(
        path,
        `bootstrap.servers=127.0.0.1:${kafka.addressOf("SECURE").port}\n` +
          "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n" +
          `sasl.jaas.config=${modules}.scram.ScramLoginModule required \\\n` +
          `  username="alice" password="${user["sasl.password"]}";\n` +
          `ssl.truststore.type=PEM\nssl.truststore.location=${authority.certPath}\n` +
          "ssl.endpoint.identification.algorithm=https\n",
      );
      const { code, out, err } = await milena(["cluster", "info", "--config-file", path, "--format", "json"]);
      deepEqual([code, err], [0, ""]);
      equal(JSON.parse(out).brokers.length, 1);
    } finally {
      await Deno.remove(path);
    }
  });

  await context.step("a mechanism that is not enabled", () =>
    fails(
      "BRIEF",
      { ...brief, "sasl.mechanism": "PLAIN" },
      "authentication",
      /refuses PLAIN: it offers SCRAM-SHA-256; set sasl\.mechanism/,
    ));

  await context.step("sessions that end", async () => {
    using connection = await Connection.connect({
      address: kafka.addressOf("BRIEF"),
      clientId: "test",
      security: { sasl: scram({ hash: "SHA-256", username: "alice", password: user["sasl.password"] }) },
    });
    const until = performance.now() + 2.5 * SESSION_MS;
    // All the while there are requests in flight, so some are behind others and some held up when a session ends.
    await Promise.all(Array.from({ length: 5 }, async () => {
      for (let previous = ""; performance.now() < until;) {
        const { clusterId } = await connection.request(api.Metadata, { topics: [] });
        ok(clusterId !== null && (previous === "" || clusterId === previous));
        previous = clusterId;
      }
    }));
    // Nor is an idle one too late.
    await new Promise((resolve) => setTimeout(resolve, SESSION_MS + 200));
    await connection.request(api.Metadata, { topics: [] });
    ok(connection.isOpen);
  });

  await context.step("TLS, of either side", async () => {
    const encrypted = { "security.protocol": "SSL", ...trusting } as const;
    const mine = await authority.sign("alice", undefined);
    const strange = await stranger.sign("alice", undefined);
    await ask("TLS", encrypted);
    await ask("MUTUAL", { ...encrypted, "ssl.cert": mine.cert, "ssl.key": mine.key });
    await fails(
      "TLS",
      { ...encrypted, "ssl.ca": stranger.cert },
      "tls",
      /give that authority's certificate in ssl\.ca/,
    );
    await fails("MUTUAL", encrypted, "tls", /it wants a certificate from this client.*give one in ssl\.cert/);
    await fails(
      "MUTUAL",
      { ...encrypted, "ssl.cert": strange.cert, "ssl.key": strange.key },
      "tls",
      /it wants a certificate from this client, of an authority that it trusts/,
    );
  });

  await context.step("the same on Node", async () => {
    const directory = await Deno.makeTempDir({ prefix: "milena-node-" });
    try {
      const names = ["cluster_of", "common_keys", "read_config"];
      await buildModules(directory, names.map((name) => `client/config/${name}.ts`));
      const mine = await authority.sign("alice", undefined);
      const at = (listener: string) => ({
        "bootstrap.servers": `localhost:${kafka.addressOf(listener).port}`,
      });
      const withUser = { ...at("SECURE"), ...secure, ...user };
      const mutual = { ...at("MUTUAL"), "security.protocol": "SSL", ...trusting };
      const outcomes = await runNode(directory, nodeScript, [
        { ...withUser, "sasl.mechanism": "PLAIN" },
        { ...withUser, "sasl.mechanism": "SCRAM-SHA-256" },
        { ...withUser, "sasl.mechanism": "SCRAM-SHA-512" },
        {
          ...at("SECURE"),
          ...secure,
          "sasl.mechanism": "OAUTHBEARER",
          "token": unsignedToken({ sub: "alice" }),
        },
        { ...mutual, "ssl.cert": mine.cert, "ssl.key": mine.key },
        { ...withUser, "sasl.mechanism": "SCRAM-SHA-256", "sasl.password": "wrong" },
        mutual,
      ]) as (number | string)[];
      deepEqual(outcomes.slice(0, 5), [1, 1, 1, 1, 1]);
      match(String(outcomes[5]), /^authentication: .*SASL_AUTHENTICATION_FAILED/);
      match(String(outcomes[6]), /^tls: .*it wants a certificate from this client/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });

  await context.step("the wrong security.protocol", async () => {
    await fails(
      "TLS",
      {},
      "too-large",
      /it is TLS that begins so: set security\.protocol to SSL or SASL_SSL/,
    );
    await fails(
      "PLAINTEXT",
      { "security.protocol": "SSL", ...trusting },
      "unreachable",
      /in the middle of the TLS handshake.*is security\.protocol right\?/,
    );
    await fails("BRIEF", {}, "closed", /on the first request: does that port want to know who asks/);
    await fails(
      "PLAINTEXT",
      brief,
      "authentication",
      /that port does not ask who one is; set security\.protocol/,
    );
  });
});
