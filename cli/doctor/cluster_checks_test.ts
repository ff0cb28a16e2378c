import { equal, match } from "node:assert/strict";
import { ConnectionError } from "../../client/connection_error.ts";
import { api } from "../../protocol/apis.ts";
import { cluster } from "./cluster_checks.ts";
import type { BrokerAnswer } from "./network.ts";
import { findingOf } from "./testing/finding_of.ts";
import { madeUpNetwork, surroundingsOf } from "./testing/made_up.ts";

const versions = new Map(Object.values(api).map(({ key, request }) => [key, request.versions]));

/** Of a cluster of one broker, 1, which advertises `advertised`. */
function broker(advertised: string, rest: Partial<BrokerAnswer> = {}): BrokerAnswer {
  const [host, port] = advertised.split(":");
  return { clusterId: "abc", brokers: [{ id: 1, host: host!, port: Number(port) }], versions, ...rest };
}

function seen(
  network: Readonly<Record<string, BrokerAnswer | Error>>,
  bootstrap = "kafka:9092",
  isPlaintext = true,
) {
  const addresses = bootstrap.split(",").map((address) => {
    const [host, port] = address.split(":");
    return { host: host!, port: Number(port) };
  });
  return findingOf(
    cluster,
    surroundingsOf({ network: madeUpNetwork(network), client: { bootstrap: addresses, isPlaintext } }),
  );
}

Deno.test("cluster is looked at where one is named", async () => {
  match(await findingOf(cluster), /^skip: none was named/);
});

Deno.test("cluster is well where brokers answer at what they advertise", async () => {
  equal(
    await seen({ "kafka:9092": broker("kafka:9092") }),
    "[bootstrap kafka:9092] ok: answers (10.0.0.1): cluster abc, 1 broker\n" +
      "[broker 1] ok: advertises kafka:9092, which answers from here\n" +
      "[broker 1, requests] ok: all that this client can ask for is there",
  );
});

Deno.test("cluster tells what keeps one from the address that was given", async () => {
  match(await seen({}), /^\[bootstrap kafka:9092\] fail: there is no host kafka → a name that DNS/);
  match(
    await seen({ "kafka:1": broker("kafka:1") }),
    /^\[.*\] fail: kafka:9092 can't be connected to: Connection refused → nobody listens/,
  );
  const late = new DOMException("timed out", "TimeoutError");
  match(await seen({ "kafka:9092": late as Error }), /fail: .*no answer in time → a firewall/);
  const web = new ConnectionError("protocol", "kafka:9092 does not speak Kafka", true);
  match(await seen({ "kafka:9092": web }), /fail: kafka:9092 does not speak Kafka → .*--tls\) or SASL/);
  match(await seen({ "kafka:9092": web }, "kafka:9092", false), /fail: .* → .*leave out --tls/);
  for (
    const [failure, advice] of [["tls", /→ .*--tls-ca/], ["authentication", /→ --user/], [
      "unsupported",
      /→ .*2\.1/,
    ]] as const
  ) {
    match(await seen({ "kafka:9092": new ConnectionError(failure, "refused", true) }), advice);
  }
});

Deno.test("cluster only warns of an address that does not answer where another does", async () => {
  const text = await seen({ "kafka:9092": broker("kafka:9092") }, "gone:9092,kafka:9092");
  match(text, /^\[bootstrap gone:9092\] warn: there is no host gone → .*\n\[bootstrap kafka:9092\] ok/);
});

Deno.test("cluster explains a broker that advertises what only it can reach", async () => {
  const rule = "clients connect to what a broker advertises";
  match(
    await seen({ "kafka:9092": broker("localhost:9092") }),
    new RegExp(
      `\\[broker 1\\] fail: it advertises localhost:9092, and from here .* → ${rule}.*PLAINTEXT://kafka:9092; localhost is the client itself`,
    ),
  );
  match(
    await seen({ "kafka:9092": broker("0.0.0.0:9092") }),
    /fail: .* → .*0\.0\.0\.0 is every address and none/,
  );
  match(
    await seen({ "localhost:9092": broker("broker:29092") }, "localhost:9092"),
    /fail: .*there is no host broker → .*a listener for the network inside/,
  );
});

Deno.test("cluster finds that somebody else answers where a broker says it is", async () => {
  const other = broker("localhost:9092", { clusterId: "xyz" });
  match(
    await seen({ "kafka:9092": broker("localhost:9092"), "localhost:9092": other }),
    /\[broker 1\] fail: it advertises localhost:9092, and there cluster xyz answers, not abc → /,
  );
});

Deno.test("cluster tells what a broker does not offer, and whether that matters", async () => {
  const without = (...keys: readonly number[]) =>
    new Map([...versions].filter(([key]) => !keys.includes(key)));
  const old = broker("kafka:9092", { versions: without(68, 69) });
  match(
    await seen({ "kafka:9092": old }),
    /\[broker 1, requests\] warn: no groups of the new protocol.*\(ConsumerGroupHeartbeat, ConsumerGroupDescribe\)/,
  );
  const ancient = broker("kafka:9092", { versions: new Map([...versions, [0, { min: 0, max: 2 }]]) });
  match(await seen({ "kafka:9092": ancient }), /requests\] fail: no producing \(Produce\) → /);
});
