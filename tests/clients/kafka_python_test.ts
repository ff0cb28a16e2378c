/**
 * kafka-python 2.0.2 and 3, and aiokafka: groups, offsets with metadata and by time. They stop before the flexible encodings.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { quickGroups, testGroups } from "./groups.ts";
import { aiokafkaGroup, kafkaPython2Group, kafkaPython3Group } from "./kafka_python.ts";

const target = targetOfThisFile({ settings: quickGroups });
for (const client of [kafkaPython2Group, kafkaPython3Group, aiokafkaGroup]) {
  Deno.test.afterAll(() => client.close?.());
  testGroups(client, target);
}
