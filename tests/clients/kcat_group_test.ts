/**
 * kcat 1.7 (librdkafka 2.0) as a member of groups.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { quickGroups, testGroups } from "./groups.ts";
import { kcatGroup } from "./kcat_group.ts";

testGroups(kcatGroup, targetOfThisFile({ settings: quickGroups }));
