/**
 * The producer through faults, all at one broker, since Apache Kafka takes its time to start.
 * @module
 */
import { testSeed } from "../support/random.ts";
import { testCuts } from "./cuts.ts";
import { FaultyBroker } from "./faulty_broker.ts";
import { testKills } from "./kills.ts";
import { testOutage } from "./outage.ts";

const seed = testSeed();
const broker = new FaultyBroker();
Deno.test.beforeAll(() => broker.open(seed));
Deno.test.afterAll(() => broker.close());

testCuts(broker, seed);
testKills(broker, seed);
testOutage(broker);
