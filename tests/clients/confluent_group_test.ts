/**
 * confluent-kafka in groups: assignors of its own, cooperative rebalances, static members, and the protocol of KIP-848.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { confluentGroup } from "./confluent_group.ts";
import { quickGroups, testGroups } from "./groups.ts";

const target = targetOfThisFile({ settings: quickGroups });
Deno.test.afterAll(() => confluentGroup.close?.());
testGroups(confluentGroup, target);
