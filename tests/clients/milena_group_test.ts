/**
 * client/consumer in groups: by itself, and with members that other clients are.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import type { Assignor, GroupClient, GroupMember } from "./group_client.ts";
import {
  areDisjoint,
  longSessionMs,
  partitionCount,
  quickGroups,
  shares,
  testGroups,
  until,
  writeSome,
} from "./groups.ts";
import { kcatGroup } from "./kcat_group.ts";
import { milenaGroup } from "./milena_group.ts";
import { platformaticGroup } from "./platformatic_group.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
testGroups(milenaGroup, target);

const others: readonly (readonly [GroupClient, Assignor])[] = [
  [kcatGroup, "range"],
  [kcatGroup, "roundrobin"],
  [platformaticGroup, "roundrobin"],
];

for (const [other, assignor] of others) {
  testNeeding(
    other.needs,
    `client/consumer shares a topic with ${other.name} by ${assignor}, whoever leads`,
    async () => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "mixed", { partitions: partitionCount });
      const options = {
        bootstrap,
        topic,
        group: uniqueTopic("group"),
        assignor,
        sessionTimeoutMs: longSessionMs,
      };
      const members: GroupMember[] = [];
      const values = async () => {
        const states = await Promise.all(members.map((member) => member.state()));
        return states.flatMap(({ values }) => values);
      };
      try {
        // The first to come leads: then the other one does.
        for (const clients of [[milenaGroup, other], [other, milenaGroup]]) {
          for (const client of clients) members.push(await client.join(options));
          await until(members, (states) => shares(states).join() === "3,3" && areDisjoint(states));
          const written = await writeSome(bootstrap, topic, 0);
          await until(
            members,
            (states) => states.reduce((sum, { values }) => sum + values.length, 0) >= written.length,
          );
          assert.deepEqual((await values()).sort(), [...written].sort(), "each once");
          // Whoever stays gets all.
          await members.shift()!.leave();
          await until(members, (states) => shares(states).join() === String(partitionCount));
          await members.shift()!.leave();
        }
      } finally {
        await Promise.allSettled(members.map((member) => member.leave()));
      }
    },
  );
}
