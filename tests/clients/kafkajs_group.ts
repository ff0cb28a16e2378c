/**
 * kafkajs in groups. It has neither static members nor cooperative rebalances.
 * @module
 */
import { PartitionAssigners } from "kafkajs";
import type { GroupClient, GroupMember, JoinOptions } from "./group_client.ts";
import { kafkajs } from "./kafkajs.ts";
import { Seen } from "./seen.ts";

export const kafkajsGroup: GroupClient = {
  name: "kafkajs",
  needs: [],
  assignors: ["roundrobin"],
  join,
};

async function join({ bootstrap, group, topic, sessionTimeoutMs }: JoinOptions): Promise<GroupMember> {
  const seen = new Seen();
  const consumer = kafkajs(bootstrap).consumer({
    groupId: group,
    partitionAssigners: [PartitionAssigners.roundRobin],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: 10_000,
    heartbeatInterval: 200,
    maxWaitTimeInMs: 50,
  });
  consumer.on(
    consumer.events.GROUP_JOIN,
    ({ payload }) => seen.replace(payload.memberAssignment[topic] ?? []),
  );
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 200,
    eachMessage: ({ message }) => Promise.resolve(seen.value(message.value!)),
  });
  return { state: () => Promise.resolve(seen.state()), leave: () => consumer.disconnect() };
}
