/**
 * What members of consumer groups (KIP-848) are told, held against Apache Kafka itself, where one is running:
 * MILENA_TEST_KAFKA=127.0.0.1:19092 (`peers up kafka`). Random heartbeats, right and wrong, are sent to both brokers: codes, epochs,
 * assignments and descriptions must be alike. The members choose `range`, which leaves nothing to taste.
 * @module
 */
import assert from "node:assert/strict";
import { type Api, api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeAssignment,
} from "../../protocol/consumer_protocol.ts";
import { errorName } from "../../protocol/errors.ts";
import { decodeResponseHeader } from "../../protocol/header.ts";
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../protocol/messages/68_consumer_group_heartbeat.ts";
import { Reader } from "../../protocol/primitives.ts";
import { encodeVersioned } from "../../protocol/versioned.ts";
import { type Address, startMilena } from "../support/milena_process.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { testNeeding } from "../support/requirement.ts";
import { requestFrame } from "../support/wire.ts";

const WITHIN_MS = 20_000;
const GROUPS = 12;
const STEPS = 30;
/** Longer than group.consumer.assignment.interval.ms: each assignment follows at once, on both sides. */
const PAUSE_MS = 1100;
const TOPICS = { a: 4, b: 3, c: 1 };
const kafkaAddress = Deno.env.get("MILENA_TEST_KAFKA");
const runningKafka = {
  name: "Apache Kafka, running",
  missing: kafkaAddress === undefined ? "MILENA_TEST_KAFKA names no running Apache Kafka" : undefined,
  optional: true,
};

type Heartbeat = InputOf<typeof ConsumerGroupHeartbeatRequest>;
type Owned = ReadonlyMap<string, readonly number[]>;

/** One broker's side: topics by name instead of by id. */
class Side implements Disposable {
  readonly #connection: RawConnection;
  readonly #prefix: string;
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  private constructor(connection: RawConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  static async open(address: Address, prefix: string): Promise<Side> {
    return new Side(await RawConnection.open(address), prefix);
  }

  async createTopics(): Promise<void> {
    const { topics } = await this.ask(api.CreateTopics, 7, {
      topics: Object.entries(TOPICS).map(([name, numPartitions]) => ({
        name: this.#prefix + name,
        numPartitions,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      })),
      timeoutMs: WITHIN_MS,
    });
    assert.deepEqual(topics.map(({ errorCode }) => errorCode), Object.keys(TOPICS).map(() => 0));
    for (const { name, topicId } of topics) this.#know(name.slice(this.#prefix.length), topicId);
  }

  nameOf(topic: string): string {
    return this.#prefix + topic;
  }

  shareTopicsOf(other: Side): void {
    for (const [name, id] of other.#ids) this.#know(name, id);
  }

  async deleteTopics(): Promise<void> {
    const topicNames = Object.keys(TOPICS).map((name) => this.#prefix + name);
    await this.ask(api.DeleteTopics, 5, { topicNames, timeoutMs: WITHIN_MS });
  }

  async heartbeat(
    { subscribedTopicNames, ...fields }: Omit<Heartbeat, "topicPartitions">,
    owned: Owned | null,
  ): Promise<ConsumerGroupHeartbeatResponse> {
    return await this.ask(api.ConsumerGroupHeartbeat, 1, {
      ...fields,
      subscribedTopicNames: subscribedTopicNames?.map((name) => this.#prefix + name) ?? null,
      topicPartitions: owned &&
        [...owned].map(([name, partitions]) => ({ topicId: this.#ids.get(name)!, partitions })),
    });
  }

  /** "a 0,1 b 2" */
  told(list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): string {
    return [...this.owned(list)].map(([name, partitions]) => `${name} ${partitions}`).join(" ");
  }

  owned(list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): Owned {
    return new Map(
      list.filter(({ partitions }) => partitions.length > 0)
        .map(({ topicId, partitions }) =>
          [this.#names.get(topicId)!, partitions.toSorted((a, b) => a - b)] as const
        )
        .sort(),
    );
  }

  async describe(groupId: string): Promise<string> {
    const { groups } = await this.ask(api.ConsumerGroupDescribe, 1, {
      groupIds: [groupId],
      includeAuthorizedOperations: false,
    });
    const { errorCode, groupState, groupEpoch, assignmentEpoch, assignorName, members } = groups[0]!;
    const described = members.map((member) => {
      const { memberId, instanceId, memberEpoch, memberType, subscribedTopicNames } = member;
      const names = subscribedTopicNames.map((name) => name.slice(this.#prefix.length)).sort();
      const [held, target] = [member.assignment, member.targetAssignment].map(({ topicPartitions }) =>
        this.told(topicPartitions)
      );
      return `${memberId} ${instanceId} ${memberEpoch} ${memberType} [${names}] [${held}] [${target}]`;
    });
    return `${errorName(errorCode)} ${groupState} ${groupEpoch} ${assignmentEpoch} ${assignorName} ${
      described.sort().join("; ")
    }`;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  #know(name: string, id: string): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }

  async ask<Asked, Input, Answered, Answer>(
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
  ): Promise<Answered> {
    const request = asked as unknown as Api<unknown, Input, unknown, never>;
    await this.#connection.send(requestFrame(request, version, body, 1));
    const frame = await this.#connection.receive(WITHIN_MS);
    assert.ok(frame !== undefined && frame !== CLOSED, `${asked.name} v${version} is not answered`);
    const reader = new Reader(frame);
    decodeResponseHeader(reader, asked.responseHeaderVersion(version));
    const answer = asked.response.decode(reader, version);
    assert.ok(!reader.failed, reader.failure);
    return answer;
  }
}

/** What both brokers have told a member so far. */
interface Member {
  readonly id: string;
  readonly instanceId: string | null;
  epoch: number;
  target: Owned;
}

/** A random life of one group, on both sides. */
class Dialogue {
  readonly #random: SeededRandom;
  readonly #groupId: string;
  readonly #sides: readonly Side[];
  readonly #members: Member[] = [];
  readonly #lines: string[] = [];

  constructor(random: SeededRandom, groupId: string, sides: readonly Side[]) {
    this.#random = random;
    this.#groupId = groupId;
    this.#sides = sides;
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      await this.#compare("described", (side) => side.describe(this.#groupId));
      await pause(PAUSE_MS);
    }
    for (const member of this.#members) await this.#send(member, { memberEpoch: -1 }, null);
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const member = this.#members.length === 0 ? undefined : random.pick(this.#members);
    if (member === undefined || (this.#members.length < 5 && random.below(6) === 0)) {
      return await this.#join();
    }
    const { epoch, target } = member;
    switch (random.below(14)) {
      case 0:
        return await this.#send(member, { memberEpoch: -1 }, null);
      case 1:
        return await this.#send(member, { memberEpoch: -2 }, null);
      case 2:
        return await this.#send(member, { memberEpoch: epoch + random.pick([-1, 1, 5]) }, null);
      case 3:
        return await this.#send(member, { memberEpoch: Math.max(epoch - 1, 1) }, target);
      case 4:
        return await this.#send(
          member,
          { memberEpoch: epoch, subscribedTopicNames: this.#someTopics() },
          target,
        );
      case 5:
        return await this.#send(member, this.#joining(), new Map());
      case 6:
        return await this.#send(
          { ...member, id: random.pick(["stranger", ...this.#members.map(({ id }) => id)]) },
          { memberEpoch: epoch },
          null,
        );
      case 7:
        return await this.#send(member, { ...this.#joining(), memberEpoch: epoch }, target);
      case 8:
        return await this.#send(member, { memberEpoch: epoch }, new Map([["a", [0, 1, 2, 3]]]));
      case 9:
        return await this.#send(member, random.pick(wrong), random.pick([null, new Map([["a", [0]]])]));
      case 10:
        return await this.#send(member, { memberEpoch: epoch }, null);
      default:
        return await this.#send(member, { memberEpoch: epoch }, target);
    }
  }

  async #join(): Promise<void> {
    const instanceId = this.#random.below(2) === 0 ? `instance-${this.#random.below(3)}` : null;
    const member = { id: `member-${this.#lines.length}`, instanceId, epoch: 0, target: new Map() };
    this.#members.push(member);
    await this.#send(member, this.#joining(), new Map());
  }

  #joining() {
    const subscribedTopicNames = this.#someTopics();
    return { memberEpoch: 0, rebalanceTimeoutMs: 300_000, serverAssignor: "range", subscribedTopicNames };
  }

  #someTopics(): string[] {
    const topics = Object.keys(TOPICS).filter(() => this.#random.below(2) === 0);
    return this.#random.below(8) === 0 ? [...topics, "missing"] : topics.length === 0 ? ["a"] : topics;
  }

  async #send(member: Member, fields: Partial<Heartbeat>, owned: Owned | null): Promise<void> {
    const request = {
      groupId: this.#groupId,
      memberId: member.id,
      memberEpoch: member.epoch,
      instanceId: member.instanceId,
      ...fields,
    };
    this.#lines.push(`> ${JSON.stringify(request)} owns ${owned && JSON.stringify([...owned])}`);
    let answered: { answer: ConsumerGroupHeartbeatResponse; side: Side } | undefined;
    await this.#compare("answered", async (side) => {
      const answer = await side.heartbeat(request, owned);
      answered = { answer, side };
      const { errorCode, memberId, memberEpoch, heartbeatIntervalMs, assignment } = answer;
      const told = assignment === null ? "as before" : `[${side.told(assignment.topicPartitions)}]`;
      return `${errorName(errorCode)} ${memberId} ${memberEpoch} ${heartbeatIntervalMs} ${told}`;
    });
    const { answer, side } = answered!;
    const known = this.#members.find(({ id }) => id === answer.memberId);
    if (known === undefined) return;
    if (answer.memberEpoch < 0) this.#members.splice(this.#members.indexOf(known), 1);
    known.epoch = answer.memberEpoch;
    if (answer.assignment !== null) known.target = side.owned(answer.assignment.topicPartitions);
  }

  async #compare(what: string, ask: (side: Side) => Promise<string>): Promise<void> {
    const said: string[] = [];
    for (const side of this.#sides) said.push(await ask(side));
    this.#lines.push(`${what} ${said[0]}`);
    const [kafka, milena] = said;
    assert.equal(milena, kafka, `of this dialogue:\n${this.#lines.slice(-24).join("\n")}`);
  }
}

/** Requests that are wrong whatever the group. */
const wrong: readonly Partial<Heartbeat>[] = [
  { groupId: "" },
  { memberId: "" },
  { instanceId: "" },
  { rackId: "" },
  { memberEpoch: -3 },
  { memberEpoch: -2, instanceId: null },
  { memberEpoch: 0 },
  { memberEpoch: 0, rebalanceTimeoutMs: 1000 },
  { memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ["a"] },
  { memberEpoch: 1, serverAssignor: "sticky" },
  { memberEpoch: 1, groupId: "no such group" },
  { memberEpoch: -1, groupId: "no such group" },
];

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** A member of the classic protocol, in a group that is to change. */
class ClassicSpeaker {
  readonly lines: string[] = [];
  readonly #side: Side;
  readonly #groupId: string;
  #memberId = "";
  #generationId = -1;
  #owned: readonly number[] = [];

  constructor(side: Side, groupId: string) {
    this.#side = side;
    this.#groupId = groupId;
  }

  async join(): Promise<void> {
    const { topic } = this;
    const ownedPartitions = this.#owned.length === 0 ? [] : [{ topic, partitions: this.#owned }];
    const metadata = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: [topic], ownedPartitions });
    const answer = await this.#side.ask(api.JoinGroup, 9, {
      groupId: this.#groupId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      memberId: this.#memberId,
      protocolType: "consumer",
      protocols: [{ name: "range", metadata }],
    });
    this.#memberId = answer.memberId;
    const { errorCode, generationId, protocolType, protocolName, skipAssignment } = answer;
    this.lines.push(
      `join: ${errorName(errorCode)} ${generationId} ${protocolType} ${protocolName} ${skipAssignment}`,
    );
    if (errorName(errorCode) === "MEMBER_ID_REQUIRED") return await this.join();
    if (errorCode === 0) this.#generationId = generationId;
  }

  get topic(): string {
    return this.#side.nameOf("a");
  }

  async sync(partitions: readonly number[] = []): Promise<void> {
    const assignment = encodeVersioned(ConsumerProtocolAssignment, 1, {
      assignedPartitions: [{ topic: this.topic, partitions }],
    });
    const answer = await this.#side.ask(api.SyncGroup, 5, {
      groupId: this.#groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      protocolType: "consumer",
      protocolName: "range",
      assignments: partitions.length === 0 ? [] : [{ memberId: this.#memberId, assignment }],
    });
    const list = answer.errorCode === 0 ? decodeAssignment(answer.assignment)!.value.assignedPartitions : [];
    if (answer.errorCode === 0) this.#owned = list.flatMap(({ partitions }) => partitions).sort();
    const { errorCode, protocolType, protocolName } = answer;
    this.lines.push(`sync: ${errorName(errorCode)} ${protocolType} ${protocolName} [${this.#owned}]`);
  }

  async heartbeat(): Promise<void> {
    const { errorCode } = await this.#side.ask(api.Heartbeat, 4, {
      groupId: this.#groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
    });
    this.lines.push(`heartbeat: ${errorName(errorCode)}`);
  }

  async listed(): Promise<void> {
    const { groups } = await this.#side.ask(api.ListGroups, 5, {});
    const group = groups.find(({ groupId }) => groupId === this.#groupId);
    this.lines.push(`listed: ${group?.groupType.toLowerCase()} ${group?.groupState} ${group?.protocolType}`);
  }

  async leave(): Promise<void> {
    const members = [{ memberId: this.#memberId }];
    const answer = await this.#side.ask(api.LeaveGroup, 5, { groupId: this.#groupId, members });
    this.lines.push(`leave: ${errorName(answer.errorCode)} ${errorName(answer.members[0]!.errorCode)}`);
  }
}

/** A group becomes a consumer group and a classic one again; what its members are told, line by line. */
async function migrate(side: Side, groupId: string): Promise<string[]> {
  const classic = new ClassicSpeaker(side, groupId);
  await classic.join();
  await classic.sync([0, 1, 2, 3]);
  const { lines } = classic;
  const member = { epoch: 0, owned: new Map() as Owned };
  const heartbeat = async (fields: Partial<Heartbeat>, owned: Owned | null) => {
    const answer = await side.heartbeat(
      { groupId, memberId: "new", memberEpoch: member.epoch, ...fields },
      owned,
    );
    const { errorCode, memberEpoch, assignment } = answer;
    if (errorCode === 0) member.epoch = memberEpoch;
    if (assignment !== null) member.owned = side.owned(assignment.topicPartitions);
    const told = assignment === null ? "as before" : `[${side.told(assignment.topicPartitions)}]`;
    lines.push(`new: ${errorName(errorCode)} ${memberEpoch} ${told}`);
  };
  await classic.listed();
  const joining = { rebalanceTimeoutMs: 30_000, subscribedTopicNames: ["a"], serverAssignor: "range" };
  await heartbeat(joining, new Map());
  await classic.listed();
  await classic.heartbeat();
  await classic.sync();
  for (let round = 0; round < 2; round++) {
    await classic.join();
    await classic.sync();
    await classic.heartbeat();
    await heartbeat({}, member.owned);
  }
  await classic.listed();
  await pause(PAUSE_MS);
  await heartbeat({ memberEpoch: -1 }, null);
  await classic.listed();
  await classic.heartbeat();
  await classic.join();
  await classic.sync([0, 1, 2, 3]);
  await classic.listed();
  await heartbeat({ memberEpoch: 1 }, null);
  member.epoch = 0;
  await heartbeat(joining, new Map());
  await classic.leave();
  await pause(PAUSE_MS);
  await heartbeat({}, new Map());
  await classic.heartbeat();
  await classic.listed();
  await heartbeat({ memberEpoch: -1 }, null);
  await classic.listed();
  await side.ask(api.DeleteGroups, 2, { groupsNames: [groupId] });
  return lines;
}

testNeeding([runningKafka], "a group changes between the protocols as in Apache Kafka", async () => {
  const [host, port] = kafkaAddress!.split(":") as [string, string];
  const kafka = { host, port: Number(port) };
  await using milena = await startMilena();
  const prefix = `migration-${crypto.randomUUID().slice(0, 8)}-`;
  using kafkaSide = await Side.open(kafka, prefix);
  using milenaSide = await Side.open(milena.kafka, prefix);
  try {
    for (const side of [kafkaSide, milenaSide]) await side.createTopics();
    await pause(2000);
    const [kafkas, milenas] = await Promise.all(
      [kafkaSide, milenaSide].map((side) => migrate(side, `${prefix}group`)),
    );
    assert.deepEqual(milenas, kafkas);
  } finally {
    await kafkaSide.deleteTopics();
  }
});

testNeeding([runningKafka], "members of consumer groups are told what Apache Kafka tells them", async () => {
  const [host, port] = kafkaAddress!.split(":") as [string, string];
  const kafka = { host, port: Number(port) };
  const milena = await startMilena();
  const seed = testSeed();
  const prefix = `dialogue-${crypto.randomUUID().slice(0, 8)}-`;
  using kafkaTopics = await Side.open(kafka, prefix);
  using milenaTopics = await Side.open(milena.kafka, prefix);
  try {
    await kafkaTopics.createTopics();
    await milenaTopics.createTopics();
    // Kafka's coordinator hears of them a little later.
    await pause(2000);
    await Promise.all(Array.from({ length: GROUPS }, async (_, index) => {
      using kafkaSide = await Side.open(kafka, prefix);
      using milenaSide = await Side.open(milena.kafka, prefix);
      kafkaSide.shareTopicsOf(kafkaTopics);
      milenaSide.shareTopicsOf(milenaTopics);
      const random = new SeededRandom(seed + index);
      await new Dialogue(random, prefix + index, [kafkaSide, milenaSide]).run();
      for (const side of [kafkaSide, milenaSide]) {
        await side.ask(api.DeleteGroups, 2, { groupsNames: [prefix + index] });
      }
    }));
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await kafkaTopics.deleteTopics();
    await milena[Symbol.asyncDispose]();
  }
});
