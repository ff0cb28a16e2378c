/**
 * confluent-kafka in groups: assignors of its own, cooperative rebalances, static members, the protocol of KIP-848, and the way
 * of a group from one protocol to the other.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { type Step, stepwise } from "../support/steps.ts";
import { targetOfThisFile } from "../support/target.ts";
import { confluentGroup } from "./confluent_group.ts";
import type { Assignor, GroupMember } from "./group_client.ts";
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
import { kafkajs } from "./kafkajs.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile({ settings: quickGroups });
Deno.test.afterAll(() => confluentGroup.close?.());
testGroups(confluentGroup, target);

testNeeding(
  confluentGroup.needs,
  "confluent-kafka's way between the protocols, and patterns",
  async ({ step }) => {
    await Promise.all([
      step(
        "a group goes from the classic to the consumer protocol and back, member by member",
        stepwise(migrate),
      ),
      ...(["range", "consumer: uniform"] as const).map((assignor) =>
        step(
          `${assignor}: a subscription by pattern takes in topics that come later`,
          stepwise((step) => subscribeByPattern(assignor, step)),
        )
      ),
    ]);
  },
);

// Alone: a topic that is made meanwhile would make the group look again, too.
for (const assignor of ["cooperative-sticky", "consumer: uniform"] as const) {
  const name = `confluent-kafka, ${assignor}: partitions that are added to a topic are shared out`;
  testNeeding(confluentGroup.needs, name, () => growTopic(assignor));
}

async function migrate(step: Step): Promise<void> {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "migrated", { partitions: partitionCount });
  const options = { bootstrap, topic, group: uniqueTopic("group"), sessionTimeoutMs: longSessionMs };
  const members: GroupMember[] = [];
  const join = async (assignor: Assignor) => {
    members.push(await confluentGroup.join({ ...options, assignor }));
    const wanted = members.length === 1 ? "6" : "3,3";
    return await until(members, (states) => shares(states).join() === wanted && areDisjoint(states));
  };
  const leaveFirst = async () => {
    await members.shift()!.leave();
    await until(members, (states) => shares(states).join() === "6");
  };
  try {
    await step("a consumer member joins a classic one: they share", async () => {
      await join("cooperative-sticky");
      await join("consumer: uniform");
    });
    await step("the classic one leaves: the other has all, and reads all", async () => {
      await leaveFirst();
      const written = await writeSome(bootstrap, topic, 0);
      await until(members, ([state]) => state!.values.length === written.length);
    });
    await step("a classic one joins again: they share", async () => void await join("cooperative-sticky"));
    await step("the consumer member leaves: the classic one goes on where the group was", async () => {
      await leaveFirst();
      const written = await writeSome(bootstrap, topic, 10);
      const [state] = await until(members, ([state]) => state!.values.length >= written.length);
      assert.deepEqual(state!.values.toSorted(), written.toSorted());
    });
  } finally {
    await Promise.allSettled(members.map((member) => member.leave()));
  }
}

async function subscribeByPattern(assignor: Assignor, step: Step): Promise<void> {
  const { bootstrap } = target;
  const prefix = uniqueTopic("pattern");
  const first = await createTopic(bootstrap, prefix, { partitions: partitionCount });
  const member = await confluentGroup.join({
    bootstrap,
    topic: `^${prefix}-.*`,
    group: uniqueTopic("group"),
    assignor,
    sessionTimeoutMs: longSessionMs,
  });
  try {
    const written: string[] = [];
    await step("it has the topic that is there", async () => {
      written.push(...await writeSome(bootstrap, first, 0));
      const [state] = await until([member], ([state]) => state!.values.length === written.length);
      assert.deepEqual(state!.values.toSorted(), written.toSorted());
    });
    await step("and another as soon as it is made, and none of another name", async () => {
      await writeSome(
        bootstrap,
        await createTopic(bootstrap, "other", { partitions: partitionCount }),
        20,
      );
      const second = await createTopic(bootstrap, prefix, { partitions: partitionCount });
      written.push(...await writeSome(bootstrap, second, 10));
      const [state] = await until([member], ([state]) => state!.values.length >= written.length);
      assert.deepEqual(state!.values.toSorted(), written.toSorted());
    });
  } finally {
    await member.leave();
  }
}

async function growTopic(assignor: Assignor): Promise<void> {
  const { bootstrap } = target;
  const topic = await createTopic(bootstrap, "grown", { partitions: 2 });
  const options = {
    bootstrap,
    topic,
    group: uniqueTopic("group"),
    assignor,
    sessionTimeoutMs: longSessionMs,
  };
  const members = [await confluentGroup.join(options), await confluentGroup.join(options)];
  const admin = kafkajs(bootstrap).admin();
  try {
    await until(members, (states) => shares(states).join() === "1,1");
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitionCount }] });
    await until(members, (states) => shares(states).join() === "3,3" && areDisjoint(states));
    const written = await writeSome(bootstrap, topic, 0);
    const states = await until(
      members,
      (states) => states.flatMap(({ values }) => values).length >= written.length,
    );
    assert.deepEqual(states.flatMap(({ values }) => values).sort(), written.toSorted());
  } finally {
    await admin.disconnect();
    await Promise.allSettled(members.map((member) => member.leave()));
  }
}
