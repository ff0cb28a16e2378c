/**
 * Clients whose broker is killed and comes back: groups and transactions go on where they were.
 * @module
 */
import assert from "node:assert/strict";
import type { Requirement } from "../support/requirement.ts";
import { testNeeding } from "../support/requirement.ts";
import { stepwise } from "../support/steps.ts";
import { foreignBootstrap, targetOfThisFile } from "../support/target.ts";
import { closeConfluent, confluentPackage, confluentRead, startConfluent } from "./confluent.ts";
import { confluentGroup } from "./confluent_group.ts";
import type { GroupMember, MemberState } from "./group_client.ts";
import {
  areDisjoint,
  longSessionMs,
  partitionCount,
  quickGroups,
  shares,
  until,
  writeSome,
} from "./groups.ts";
import { createTopic, uniqueTopic } from "./topic.ts";
import { drivenTransactionalClient } from "./transactional_client.ts";

const target = targetOfThisFile({ settings: quickGroups });
const transactions = drivenTransactionalClient({
  name: "confluent-kafka",
  needs: [confluentPackage],
  start: startConfluent,
});
Deno.test.afterAll(() => confluentGroup.close?.());
Deno.test.afterAll(() => transactions.close?.());
Deno.test.afterAll(closeConfluent);

const ownBroker: Requirement = {
  name: "a broker of its own",
  missing: foreignBootstrap && "the broker of MILENA_TEST_BOOTSTRAP is not ours to kill",
  optional: true,
};
const needs = [confluentPackage, ownBroker];

async function killAndStart(): Promise<void> {
  await target.broker.kill9();
  await target.broker.start();
}

for (const assignor of ["cooperative-sticky", "consumer: uniform"] as const) {
  testNeeding(
    needs,
    `confluent-kafka, ${assignor}: a group outlives its broker`,
    stepwise(async (step) => {
      const { bootstrap } = target;
      const topic = await createTopic(bootstrap, "outlived", { partitions: partitionCount });
      const group = uniqueTopic("group");
      const options = { bootstrap, topic, group, assignor, sessionTimeoutMs: longSessionMs };
      const written: string[] = [];
      const members: GroupMember[] = [];
      try {
        await step("two members have read what there is and have committed it", async () => {
          members.push(await confluentGroup.join(options), await confluentGroup.join(options));
          await until(members, (states) => shares(states).join() === "3,3" && areDisjoint(states));
          written.push(...await writeSome(bootstrap, topic, 0));
          await until(members, (states) => states.flatMap(({ values }) => values).length === written.length);
          await until(members, async () => {
            const committed = await Promise.all(
              Array.from(
                { length: partitionCount },
                (_, partition) => confluentGroup.offsets!.committed({ bootstrap, topic, group, partition }),
              ),
            );
            return committed.every(({ offset }) => offset === 10);
          });
        });
        await step(
          "the broker is killed and starts: they go on with what they had, and read nothing twice",
          async () => {
            const before = await Promise.all(members.map((member) => member.state()));
            await killAndStart();
            written.push(...await writeSome(bootstrap, topic, 10));
            const states = await until(
              members,
              (states) => states.flatMap(({ values }) => values).length >= written.length,
            );
            assert.deepEqual(states.flatMap(({ values }) => values).sort(), written.toSorted());
            const held = ({ partitions, assignments }: MemberState) => ({ partitions, assignments });
            assert.deepEqual(states.map(held), before.map(held), "no rebalance");
          },
        );
        await step("killed and started again while nobody is a member, it has their offsets", async () => {
          while (members.length > 0) await members.pop()!.leave();
          await killAndStart();
          members.push(await confluentGroup.join(options));
          const news = await writeSome(bootstrap, topic, 20);
          const [state] = await until(members, ([state]) => state!.values.length >= news.length);
          assert.deepEqual(state!.values.toSorted(), news.toSorted());
        });
      } finally {
        await Promise.allSettled(members.map((member) => member.leave()));
      }
    }),
  );
}

testNeeding(
  needs,
  "confluent-kafka: an open transaction outlives its broker",
  stepwise(async (step) => {
    const { bootstrap } = target;
    const place = { topic: await createTopic(bootstrap, "outlived"), partition: 0 };
    const group = uniqueTopic("group");
    const values = async () =>
      (await confluentRead(bootstrap, [place]))[0]!.map(({ value }) => new TextDecoder().decode(value!));
    const offset = async () =>
      (await confluentGroup.offsets!.committed({ bootstrap, group, ...place })).offset;
    // One for each: librdkafka's waits for ever when it sends offsets a second time to a broker that was restarted in between.
    const open = () => transactions.open(bootstrap, uniqueTopic("outlives"));
    await step("committed after the broker was killed, it counts", async () => {
      const producer = await open();
      await producer.begin();
      await producer.send(place, ["before"]);
      await producer.sendOffset(group, place, 5);
      await killAndStart();
      assert.deepEqual(await values(), []);
      await producer.send(place, ["after"]);
      await producer.commit();
      await producer.close();
      assert.deepEqual(await values(), ["before", "after"]);
      assert.equal(await offset(), 5);
    });
    await step("aborted after the broker was killed, it does not", async () => {
      const producer = await open();
      await producer.begin();
      await producer.send(place, ["aborted"]);
      await producer.sendOffset(group, place, 7);
      await killAndStart();
      await producer.abort();
      await producer.close();
      assert.deepEqual(await values(), ["before", "after"]);
      assert.equal(await offset(), 5);
    });
    await step("what is committed is still there after another start", async () => {
      await killAndStart();
      assert.deepEqual(await values(), ["before", "after"]);
      assert.equal(await offset(), 5);
    });
  }),
);
