import { deepEqual, throws } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../support/random.ts";
import { concat, int16, int32, sized } from "../../support/wire.ts";
import { type Exchange, ExchangeGatherer } from "./exchange.ts";

const request = (key: number, correlationId: number) =>
  concat(int16(key), int16(1), int32(correlationId), int16(-1));
const response = (correlationId: number) => concat(int32(correlationId), int16(7));

function* pieces(random: SeededRandom, bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + 1 + random.below(9));
    yield bytes.subarray(start, end);
    start = end;
  }
}

Deno.test("ExchangeGatherer pairs each request with its answer however the streams are cut", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const found: Exchange[] = [];
    const gatherer = new ExchangeGatherer((exchange) => found.push(exchange));
    // Key 0 stands for what wants no answer.
    const keys = Array.from({ length: 1 + random.below(8) }, () => random.below(3));
    for (const piece of pieces(random, concat(...keys.map((key, id) => sized(request(key, id)))))) {
      gatherer.fromClient(piece);
    }
    const answers = keys.flatMap((key, id) => key === 0 ? [] : [sized(response(id))]);
    for (const piece of pieces(random, concat(...answers))) gatherer.fromBroker(piece);
    gatherer.end();
    deepEqual(
      found,
      keys.map((apiKey, id) => ({
        apiKey,
        version: 1,
        correlationId: id,
        request: new Uint8Array(request(apiKey, id)),
        ...apiKey === 0 ? {} : { response: new Uint8Array(response(id)) },
      })),
      `MILENA_TEST_SEED=${seed}, round ${round}`,
    );
  }
});

Deno.test("ExchangeGatherer throws when an answer comes to what nobody asked", () => {
  const gatherer = new ExchangeGatherer(() => {});
  gatherer.fromClient(sized(request(3, 1)));
  throws(() => gatherer.fromBroker(sized(response(2))), /correlation id 2/);
});
