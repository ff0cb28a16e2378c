/**
 * kafkajs and \@platformatic/kafka in groups: the one ends before the flexible encodings, the other begins with them.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { quickGroups, testGroups } from "./groups.ts";
import { kafkajsGroup } from "./kafkajs_group.ts";
import { platformaticGroup } from "./platformatic_group.ts";

const target = targetOfThisFile({ settings: quickGroups });
testGroups(kafkajsGroup, target);
testGroups(platformaticGroup, target);
