/**
 * \@platformatic/kafka in groups of both protocols.
 * @module
 */
import { Buffer } from "node:buffer";
import { Consumer } from "@platformatic/kafka";
import type { GroupClient, GroupMember, JoinOptions } from "./group_client.ts";
import { Seen } from "./seen.ts";

export const platformaticGroup: GroupClient = {
  name: "platformatic",
  needs: [],
  // It leaves its group when it is closed, also as a static member: there is no restart to try.
  assignors: ["roundrobin", "consumer: uniform"],
  mayRepeat: true,
  join,
};

async function join(
  { bootstrap, group, topic, assignor, sessionTimeoutMs }: JoinOptions,
): Promise<GroupMember> {
  const seen = new Seen();
  const [, remoteAssignor] = assignor.split(": ");
  const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
    clientId: "milena-test-platformatic",
    bootstrapBrokers: [bootstrap],
    groupId: group,
    autocommit: 200,
    maxWaitTime: 50,
    ...remoteAssignor === undefined
      ? { sessionTimeout: sessionTimeoutMs, rebalanceTimeout: 45_000, heartbeatInterval: 200 }
      : { groupProtocol: "consumer" as const, groupRemoteAssignor: remoteAssignor },
  });
  const stream = await consumer.consume({ topics: [topic], mode: "committed", fallbackMode: "earliest" });
  stream.on("data", ({ value }) => seen.value(value));
  return {
    state() {
      // Its events tell the assignment of the classic protocol only.
      const assigned = consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions;
      seen.replace(assigned ?? []);
      return Promise.resolve(seen.state());
    },
    async leave() {
      await stream.close();
      await consumer.close(true);
    },
  };
}
