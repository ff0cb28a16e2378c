/**
 * kcat 1.7 (librdkafka 2.0) as a member of groups, also one that is killed.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import { areDisjoint, partitionCount, quickGroups, shares, testGroups, until, writeSome } from "./groups.ts";
import { joinByKcat, kcatGroup } from "./kcat_group.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
testGroups(kcatGroup, target);

testNeeding(
  kcatGroup.needs,
  "kcat -G that is killed loses its partitions when its session ends",
  async () => {
    const { bootstrap } = target;
    const topic = await createTopic(bootstrap, "killed", { partitions: partitionCount });
    const group = uniqueTopic("group");
    const options = { bootstrap, topic, group, assignor: "range", sessionTimeoutMs: 2000 } as const;
    const [victim, heir] = [await joinByKcat(options), await joinByKcat(options)];
    try {
      await until([victim, heir], (states) => shares(states).join() === "3,3" && areDisjoint(states));
      await victim.kill();
      const written = await writeSome(bootstrap, topic, 0);
      const [state] = await until([heir], ([state]) => state!.values.length === written.length);
      assert.equal(state!.partitions.length, partitionCount);
    } finally {
      await heir.leave();
    }
  },
);
