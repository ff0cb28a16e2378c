/**
 * What is true of every client's groups: the tests that each client passes, whatever it shares partitions out by.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { type Step, stepwise } from "../support/steps.ts";
import type { Target } from "../support/target.ts";
import type { Assignor, GroupClient, GroupMember, MemberState } from "./group_client.ts";
import { kafkajsWriter } from "./kafkajs.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

export const partitionCount = 6;
const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
const withinMs = 20_000;
/** Longer than a test takes: who is gone without a word stays a member. */
export const longSessionMs = 45_000;

/** Settings of a broker whose groups don't wait for more members, and of new-style groups that soon hear of a change. */
export const quickGroups = {
  "group.initial.rebalance.delay.ms": "0",
  "group.min.session.timeout.ms": "1000",
  "group.consumer.min.heartbeat.interval.ms": "100",
  "group.consumer.heartbeat.interval.ms": "200",
};

/** Registers the tests of one client: side by side, for most of their time they wait for one another's members. */
export function testGroups(client: GroupClient, target: Target): void {
  testNeeding(client.needs, `${client.name} in groups`, async ({ step }) => {
    const { assignors, staticAssignor, offsets } = client;
    const { bootstrap } = target;
    await Promise.all([
      ...assignors.map((assignor) =>
        step(
          `${assignor}: three members share a topic, whoever joins and leaves`,
          stepwise((step) => comeAndGo(client, assignor, bootstrap, step)),
        )
      ),
      staticAssignor && step(
        `${staticAssignor}: a static member that restarts has what it had`,
        stepwise((step) => restartStatic(client, staticAssignor, bootstrap, step)),
      ),
      offsets && step(
        "commits offsets with metadata, and finds offsets by time",
        stepwise((step) => useOffsets(offsets, bootstrap, step)),
      ),
    ]);
  });
}

async function comeAndGo(
  client: GroupClient,
  assignor: Assignor,
  bootstrap: string,
  step: Step,
): Promise<void> {
  const topic = await createTopic(bootstrap, "shared", { partitions: partitionCount });
  const options = {
    bootstrap,
    topic,
    group: uniqueTopic("group"),
    assignor,
    sessionTimeoutMs: longSessionMs,
  };
  const written: string[] = [];
  const write = async () => void written.push(...await writeSome(bootstrap, topic, written.length));
  const members: GroupMember[] = [];
  const left: string[] = [];
  const leave = async (member: GroupMember) => {
    members.splice(members.indexOf(member), 1);
    const { values } = await member.state();
    await member.leave();
    left.push(...values);
  };
  const allRead = (states: readonly MemberState[]) =>
    states.reduce((sum, { values }) => sum + values.length, left.length) >= written.length;
  const assertReadOnce = (states: readonly MemberState[]) => {
    const read = [...left, ...states.flatMap(({ values }) => values)];
    assert.deepEqual((client.mayRepeat ? [...new Set(read)] : read).sort(), [...written].sort());
  };
  try {
    await step("the first has every partition and reads what was there before it", async () => {
      await write();
      members.push(await client.join(options));
      assertReadOnce(await until(members, (states) => shares(states).join() === "6" && allRead(states)));
    });
    await step("a second and a third join: each has two partitions, none has another's", async () => {
      members.push(await client.join(options));
      members.push(await client.join(options));
      await until(members, (states) => shares(states).join() === "2,2,2" && areDisjoint(states));
    });
    await step("what is written then is read once, by the partition's owner", async () => {
      const before = await Promise.all(members.map((member) => member.state()));
      await write();
      const states = await until(members, allRead);
      assertReadOnce(states);
      states.forEach(({ partitions, values }, index) => {
        const news = values.slice(before[index]!.values.length);
        assert.deepEqual([...new Set(news.map(partitionOf))].sort(), partitions);
      });
    });
    if (assignor === "cooperative-sticky") {
      await step("a cooperative member keeps what does not move", async () => {
        const { partitions, revoked } = await members[0]!.state();
        assert.ok(partitions.every((partition) => !revoked.includes(partition)), `revoked: ${revoked}`);
      });
    }
    await step(
      "one leaves: the others have three partitions each, long before its session ends",
      async () => {
        await leave(members[0]!);
        await until(members, (states) => shares(states).join() === "3,3" && areDisjoint(states));
        await write();
        assertReadOnce(await until(members, allRead));
      },
    );
    await step("all leave: a new member goes on where they were, and reads nothing twice", async () => {
      while (members.length > 0) await leave(members[0]!);
      await write();
      members.push(await client.join(options));
      assertReadOnce(await until(members, (states) => shares(states).join() === "6" && allRead(states)));
    });
  } finally {
    await Promise.allSettled(members.map((member) => member.leave()));
  }
}

async function restartStatic(
  client: GroupClient,
  assignor: Assignor,
  bootstrap: string,
  step: Step,
): Promise<void> {
  const topic = await createTopic(bootstrap, "static", { partitions: partitionCount });
  const options = {
    bootstrap,
    topic,
    group: uniqueTopic("group"),
    assignor,
    sessionTimeoutMs: longSessionMs,
  };
  const join = (instanceId: string) => client.join({ ...options, instanceId });
  const members: GroupMember[] = [];
  let before: MemberState[] = [];
  try {
    await step("two static members have three partitions each", async () => {
      members.push(await join("one"), await join("two"));
      before = await until(members, (states) => shares(states).join() === "3,3" && areDisjoint(states));
    });
    await step("one ends and is not missed: the other goes on with what it has", async () => {
      await members[0]!.leave();
      const written = await writeSome(bootstrap, topic, 0);
      const [other] = await until([members[1]!], ([state]) => state!.values.length === written.length / 2);
      assert.deepEqual(other!.partitions, before[1]!.partitions);
      assert.deepEqual([...new Set(other!.values.map(partitionOf))].sort(), other!.partitions);
    });
    await step("it starts again: the same partitions, and no rebalance for the other", async () => {
      members[0] = await join("one");
      const [one, two] = await until(members, ([state]) => state!.values.length === partitionCount / 2 * 10);
      assert.deepEqual(one!.partitions, before[0]!.partitions);
      assert.deepEqual(two!.partitions, before[1]!.partitions);
      assert.deepEqual(two!.revoked, before[1]!.revoked);
      assert.equal(two!.assignments, before[1]!.assignments);
    });
  } finally {
    await Promise.allSettled(members.map((member) => member.leave()));
  }
}

async function useOffsets(
  offsets: NonNullable<GroupClient["offsets"]>,
  bootstrap: string,
  step: Step,
): Promise<void> {
  const topic = await createTopic(bootstrap, "offsets", { partitions: 2 });
  const at = { bootstrap, topic, group: uniqueTopic("group"), partition: 1 };
  const records = Array.from({ length: 100 }, (_, index) => numberedRecord(index));
  await kafkajsWriter.write(at, records, { codec: "gzip", acks: -1, idempotent: false });
  await step("a group that has committed nothing has no offset", async () => {
    assert.equal((await offsets.committed(at)).offset, -1);
  });
  await step("what was committed comes back, with its metadata", async () => {
    for (const committed of [{ offset: 42, metadata: "by Milena 🗝️" }, { offset: 7, metadata: "" }]) {
      await offsets.commit(at, committed);
      assert.deepEqual(await offsets.committed(at), committed);
    }
    assert.equal((await offsets.committed({ ...at, partition: 0 })).offset, -1, "the other partition");
  });
  await step("a time is turned into the first offset at or after it", async () => {
    assert.equal(await offsets.atTime(at, 0), 0);
    assert.equal(await offsets.atTime(at, records[57]!.timestamp), 57);
    assert.equal(await offsets.atTime(at, records[57]!.timestamp + 1), 58);
  });
}

/** Ten records to each partition; returns their values, which tell the partition. */
export async function writeSome(bootstrap: string, topic: string, first: number): Promise<string[]> {
  const written: string[] = [];
  for (const partition of partitions) {
    const values = Array.from({ length: 10 }, (_, index) => `${partition}: ${first + index}`);
    const records = values.map((value) => ({
      key: null,
      value: new TextEncoder().encode(value),
      headers: [],
      timestamp: Date.now(),
    }));
    await kafkajsWriter.write({ bootstrap, topic, partition }, records, {
      codec: "none",
      acks: -1,
      idempotent: false,
    });
    written.push(...values);
  }
  return written;
}

const partitionOf = (value: string) => Number(value.split(":")[0]);

/** How many partitions each has. */
export const shares = (states: readonly MemberState[]) => states.map(({ partitions }) => partitions.length);

export function areDisjoint(states: readonly MemberState[]): boolean {
  return new Set(states.flatMap(({ partitions }) => partitions)).size === partitionCount;
}

/** Asks the members until `isTrue` of what they tell. */
export async function until(
  members: readonly GroupMember[],
  isTrue: (states: readonly MemberState[]) => boolean | Promise<boolean>,
): Promise<MemberState[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const states = await Promise.all(members.map((member) => member.state()));
    if (await isTrue(states)) return states;
    if (Date.now() > deadline) {
      const told = states.map(({ values, ...state }) => JSON.stringify({ ...state, values: values.length }));
      throw new Error(`not within ${withinMs} ms; the members tell: ${told.join("; ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
