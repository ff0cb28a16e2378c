/**
 * The Java consumer 4.3 in groups of both protocols.
 * @module
 */
import { targetOfThisFile } from "../support/target.ts";
import { quickGroups, testGroups } from "./groups.ts";
import { javaGroup } from "./java_group.ts";
import { closeJavaTools } from "./java_tools.ts";

const target = targetOfThisFile({ settings: quickGroups });
Deno.test.afterAll(closeJavaTools);
testGroups(javaGroup, target);
