/**
 * What real clients asked Apache Kafka, asked of our broker in memory: whatever is served of it must be answered by a
 * frame that can be read, to the last byte. (What the answer says is other tests' business: ids and groups are not here.)
 */
import assert from "node:assert/strict";
import { handlers } from "../../broker/handlers/mod.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { decodeResponseHeader } from "../../protocol/header.ts";
import { Reader } from "../../protocol/primitives.ts";
import { mutate } from "../hostile/mutate.ts";
import { createTopic } from "../support/requests.ts";
import { runBroker } from "../support/test_broker.ts";
import { frame } from "../support/wire.ts";
import { servedGoldenExchanges } from "./golden_frames.ts";

/** More than any request of theirs may wait: a rebalance of five minutes. */
const PATIENCE_MS = 600_000;

const settings = {
  "connections.max.idle.ms": "-1",
  // The records are of the day of the recording, which the clock of tests has not reached.
  "log.message.timestamp.after.max.ms": "9223372036854775807",
  "milena.max.partitions": "100",
};

const served = servedGoldenExchanges();

for (const client of new Set(served.map(({ client }) => client))) {
  Deno.test(`the broker answers what ${client} asks, in a frame of that version`, () => {
    runBroker(function* (broker) {
      const setUp = broker.connect();
      // Named as in the recording.
      yield* createTopic(setUp, `golden-${client.replace("confluent-kafka", "confluent")}`, {
        partitions: 3,
      });
      for (const { apiKey, version, request, response } of served.filter((each) => each.client === client)) {
        const asked = handlers.get(apiKey)!.api;
        const where = `${asked.name} v${version}`;
        const connection = broker.connect();
        connection.sendFrame(request);
        yield;
        let answer = connection.receiveFrame();
        if (answer === undefined && response !== undefined) {
          yield* broker.pass(PATIENCE_MS);
          answer = connection.receiveFrame();
        }
        const defects = broker.newLines().filter((line) => /defect|closed the connection/.test(line));
        assert.deepEqual(defects, [], where);
        assert.equal(answer === undefined, response === undefined, `${where}: an answer`);
        if (answer !== undefined) {
          const reader = new Reader(answer);
          const correlationId = decodeResponseHeader(reader, asked.responseHeaderVersion(version));
          assert.equal(correlationId, new DataView(request.buffer, request.byteOffset).getInt32(4), where);
          asked.response.decode(reader, version);
          assert.equal(reader.failure, undefined, where);
          assert.equal(reader.remaining, 0, where);
        }
        connection.socket.clientBreaks();
      }
    }, { settings });
  });
}

Deno.test("the broker meets no defect in what real clients send when bytes of it are changed", () => {
  assert.ok(served.length > 30, String(served.length));
  runBroker(function* (broker) {
    const { random } = broker;
    const setUp = broker.connect();
    for (const client of new Set(served.map(({ client }) => client))) {
      yield* createTopic(setUp, topicOf(client), { partitions: 3 });
    }
    const frames = served.map(({ request }) => frame(request));
    for (let step = 0; step < 3000; step++) {
      const connection = broker.connect();
      connection.socket.clientSends(mutate(random.pick(frames), random));
      yield;
      const defects = broker.newLines().filter((line) => line.includes("defect"));
      assert.deepEqual(defects, [], `seed ${broker.seed}, step ${step}`);
      // Some stay, and meet what the next ones do to their groups and topics.
      if (random.below(3) > 0) connection.socket.clientBreaks();
      if (random.below(50) === 0) yield* broker.pass(random.below(60_000));
    }
    assert.equal((yield* setUp.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
  }, { settings });
});

/** As in the recording. */
function topicOf(client: string): string {
  return `golden-${client === "confluent-kafka" ? "confluent" : client}`;
}
