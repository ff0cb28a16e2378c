/**
 * What members of classic groups ask and are told, word for word, held against Apache Kafka itself, where one is running:
 * MILENA_TEST_KAFKA=127.0.0.1:19092 (`peers up kafka`). Each dialogue is led with both brokers at once, on groups of its own
 * that it deletes; member ids are compared by the order in which they come.
 * @module
 */
import assert from "node:assert/strict";
import { type Api, api } from "../../protocol/apis.ts";
import { ConsumerProtocolSubscription } from "../../protocol/consumer_protocol.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import { decodeResponseHeader } from "../../protocol/header.ts";
import { Reader } from "../../protocol/primitives.ts";
import { encodeVersioned } from "../../protocol/versioned.ts";
import { type Address, startMilena } from "../support/milena_process.ts";
import { CLOSED, RawConnection } from "../support/raw_connection.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { testNeeding } from "../support/requirement.ts";
import { requestFrame } from "../support/wire.ts";

const WITHIN_MS = 20_000;
const kafkaAddress = Deno.env.get("MILENA_TEST_KAFKA");
const runningKafka = {
  name: "Apache Kafka, running",
  missing: kafkaAddress === undefined ? "MILENA_TEST_KAFKA names no running Apache Kafka" : undefined,
  optional: true,
};
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const MEMBER_ID = /-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** One broker's side of a dialogue: what it said, line by line. */
class Dialogue implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #ids: string[] = [];
  readonly #connections: RawConnection[] = [];

  constructor(readonly address: Address, readonly groupId: string) {}

  async connect(): Promise<RawConnection> {
    const connection = await RawConnection.open(this.address);
    this.#connections.push(connection);
    return connection;
  }

  async send<Asked, Input, Answered, Answer>(
    connection: RawConnection,
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
  ): Promise<void> {
    await connection.send(requestFrame(asked as Api<unknown, Input, unknown, never>, version, body, 1));
  }

  async receive<Asked, Input, Answered, Answer>(
    connection: RawConnection,
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
  ): Promise<Answered> {
    const frame = await connection.receive(WITHIN_MS);
    assert.ok(
      frame !== undefined && frame !== CLOSED,
      `${asked.name} v${version} is not answered by ${this.address.port}`,
    );
    const reader = new Reader(frame);
    decodeResponseHeader(reader, asked.responseHeaderVersion(version));
    const answer = asked.response.decode(reader, version);
    assert.ok(!reader.failed, reader.failure);
    return answer;
  }

  async ask<Asked, Input, Answered, Answer>(
    connection: RawConnection,
    asked: Api<Asked, Input, Answered, Answer>,
    version: number,
    body: Input,
  ): Promise<Answered> {
    await this.send(connection, asked, version, body);
    return await this.receive(connection, asked, version);
  }

  /** Notes an answer: error codes by name, bytes as text, member ids by their order. */
  note(what: string, answer: unknown): void {
    this.lines.push(`${what}: ${JSON.stringify(this.#told("", answer)).replaceAll(this.groupId, "GROUP")}`);
  }

  #told(name: string, value: unknown, alias = (id: string) => this.#alias(id)): unknown {
    if (/errorCode$/i.test(name)) return errorName(value as number);
    // Kafka computes the operations; sentences differ; nobody is throttled.
    if (["throttleTimeMs", "errorMessage", "authorizedOperations"].includes(name)) return undefined;
    if (value instanceof Uint8Array) return text(value).replaceAll(/[^ -~]+/g, "|");
    if (typeof value === "string") return MEMBER_ID.test(value) ? alias(value) : value;
    if (Array.isArray(value)) {
      const items = name === "members" ? this.#inOrder(value) : value;
      return items.map((item) => this.#told("", item, alias));
    }
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.#told(name, each, alias)]),
    );
  }

  /** The order among members means nothing: that of what is told of them, but for what is random in new ids. */
  #inOrder(members: readonly unknown[]): unknown[] {
    const peek = (id: string) => this.#ids.includes(id) ? this.#alias(id) : id.replace(MEMBER_ID, "");
    const keyed = members.map((member) => ({ member, key: JSON.stringify(this.#told("", member, peek)) }));
    return keyed.sort((a, b) => a.key < b.key ? -1 : 1).map(({ member }) => member);
  }

  #alias(id: string): string {
    if (!this.#ids.includes(id)) this.#ids.push(id);
    return `member ${this.#ids.indexOf(id)}`;
  }

  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }
}

interface SpeakerOptions {
  readonly version?: number;
  readonly instanceId?: string | null;
  readonly protocols?: readonly string[];
  readonly protocolType?: string;
  readonly sessionTimeoutMs?: number;
}

/** A member in a dialogue. */
class Speaker {
  memberId = "";
  generationId = -1;
  readonly version: number;
  readonly instanceId: string | null;

  constructor(
    readonly dialogue: Dialogue,
    readonly connection: RawConnection,
    readonly name: string,
    readonly options: SpeakerOptions,
  ) {
    this.version = options.version ?? 9;
    this.instanceId = options.instanceId ?? null;
  }

  static async of(dialogue: Dialogue, name: string, options: SpeakerOptions = {}): Promise<Speaker> {
    return new Speaker(dialogue, await dialogue.connect(), name, options);
  }

  async sendJoin(fields: Record<string, unknown> = {}): Promise<void> {
    const { protocols = ["range"], protocolType = "consumer", sessionTimeoutMs = 10_000 } = this.options;
    await this.dialogue.send(this.connection, api.JoinGroup, this.version, {
      groupId: this.dialogue.groupId,
      sessionTimeoutMs,
      ...(this.version >= 1 && { rebalanceTimeoutMs: 15_000 }),
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType,
      // Apache Kafka reads it, and never answers if it is something else.
      protocols: protocols.map((name) => ({
        name,
        metadata: encodeVersioned(ConsumerProtocolSubscription, 1, {
          topics: [],
          userData: bytes(`${this.name} ${name}`),
        }),
      })),
      ...fields,
    });
  }

  async receiveJoin(what = "joins"): Promise<void> {
    const answer = await this.dialogue.receive(this.connection, api.JoinGroup, this.version);
    this.dialogue.note(`${this.name} ${what} v${this.version}`, answer);
    if (answer.memberId !== "") this.memberId = answer.memberId;
    if (answer.generationId >= 0) this.generationId = answer.generationId;
  }

  async join(what?: string, fields?: Record<string, unknown>): Promise<void> {
    await this.sendJoin(fields);
    await this.receiveJoin(what);
  }

  async sendSync(
    assignments: Record<string, string> = {},
    fields: Record<string, unknown> = {},
  ): Promise<void> {
    const version = Math.min(this.version, 5);
    await this.dialogue.send(this.connection, api.SyncGroup, version, {
      groupId: this.dialogue.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: version >= 3 ? this.instanceId : null,
      ...(version >= 5 && { protocolType: "consumer", protocolName: "range" }),
      assignments: Object.entries(assignments).map(([memberId, assigned]) => ({
        memberId,
        assignment: bytes(assigned),
      })),
      ...fields,
    });
  }

  async receiveSync(): Promise<void> {
    const version = Math.min(this.version, 5);
    const answer = await this.dialogue.receive(this.connection, api.SyncGroup, version);
    this.dialogue.note(`${this.name} syncs v${version}`, answer);
  }

  async sync(assignments?: Record<string, string>, fields?: Record<string, unknown>): Promise<void> {
    await this.sendSync(assignments, fields);
    await this.receiveSync();
  }

  async heartbeat(fields: Record<string, unknown> = {}): Promise<void> {
    const version = Math.min(this.version, 4);
    const connection = await this.dialogue.connect();
    this.dialogue.note(
      `${this.name} heartbeat v${version} ${JSON.stringify(fields)}`,
      await this.dialogue.ask(connection, api.Heartbeat, version, {
        groupId: this.dialogue.groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: version >= 3 ? this.instanceId : null,
        ...fields,
      }),
    );
  }

  async leave(version: number, fields: Record<string, unknown> = {}): Promise<void> {
    const connection = await this.dialogue.connect();
    const members = [{ memberId: this.memberId, groupInstanceId: this.instanceId }];
    this.dialogue.note(
      `${this.name} leaves v${version}`,
      await this.dialogue.ask(connection, api.LeaveGroup, version, {
        groupId: this.dialogue.groupId,
        ...(version < 3 ? { memberId: this.memberId } : { members }),
        ...fields,
      }),
    );
  }
}

async function describe(dialogue: Dialogue, ...groups: string[]): Promise<void> {
  const connection = await dialogue.connect();
  const ids = groups.length > 0 ? groups : [dialogue.groupId];
  for (let version = 0; version <= 6; version++) {
    const { groups } = await dialogue.ask(connection, api.DescribeGroups, version, { groups: ids });
    dialogue.note(`described v${version}`, [...groups].sort((a, b) => a.groupId < b.groupId ? -1 : 1));
  }
}

async function list(
  dialogue: Dialogue,
  version: number,
  filters: Record<string, string[]> = {},
): Promise<void> {
  const connection = await dialogue.connect();
  const { errorCode, groups } = await dialogue.ask(connection, api.ListGroups, version, filters);
  const own = groups.filter(({ groupId }) => groupId.startsWith(dialogue.groupId));
  dialogue.note(`listed v${version} ${JSON.stringify(filters)}`, { errorCode, groups: own });
}

async function remove(dialogue: Dialogue, ...groupsNames: string[]): Promise<void> {
  const connection = await dialogue.connect();
  for (const version of [0, 2]) {
    const { results } = await dialogue.ask(connection, api.DeleteGroups, version, { groupsNames });
    const sorted = [...results].sort((a, b) => a.groupId < b.groupId ? -1 : 1);
    dialogue.note(`deleted v${version}`, sorted);
  }
}

/** What is sent before it is there before. */
function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}

/** Waits for the topics that coordinators keep their records in: Kafka makes them when it is first asked. */
async function prepare(dialogue: Dialogue): Promise<void> {
  const connection = await dialogue.connect();
  for (let tries = 0; tries < 100; tries++) {
    const ids = [dialogue.groupId];
    const codes = [
      (await dialogue.ask(connection, api.DescribeGroups, 5, { groups: ids })).groups[0]!.errorCode,
    ];
    for (const keyType of [0, 1]) {
      const { coordinators } = await dialogue.ask(connection, api.FindCoordinator, 4, {
        keyType,
        coordinatorKeys: ids,
      });
      codes.push(coordinators[0]!.errorCode);
    }
    if (codes.every((code) => code === ErrorCode.NONE)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the coordinators do not come up");
}

/** Two members, the second one static, in a stable group. */
async function pair(dialogue: Dialogue): Promise<[Speaker, Speaker]> {
  const a = await Speaker.of(dialogue, "a");
  const b = await Speaker.of(dialogue, "b", { instanceId: "static b" });
  await a.join("asks for an id");
  await a.sendJoin();
  await moment();
  await b.sendJoin();
  await a.receiveJoin();
  await b.receiveJoin();
  await b.sendSync();
  await a.sync({ [a.memberId]: "for a", [b.memberId]: "for b" });
  await b.receiveSync();
  return [a, b];
}

const dialogues: Readonly<Record<string, (dialogue: Dialogue) => Promise<void>>> = {
  "one member of each version": async (dialogue) => {
    for (let version = 0; version <= 9; version++) {
      const own = new Dialogue(dialogue.address, `${dialogue.groupId}-${version}`);
      await using _ = own;
      const member = await Speaker.of(own, "a", { version });
      if (version >= 4) await member.join("asks for an id");
      await member.join();
      await member.heartbeat();
      await member.sync({ [member.memberId]: "all" });
      await member.heartbeat();
      await member.sync();
      await describe(own);
      await list(own, 5);
      await remove(own, own.groupId);
      await member.leave(Math.min(version, 5));
      await describe(own);
      await list(own, 4, { statesFilter: ["empty"] });
      await list(own, 5, { statesFilter: ["Stable"] });
      await list(own, 5, { typesFilter: ["CLASSIC"] });
      await list(own, 5, { typesFilter: ["consumer"] });
      await remove(own, own.groupId, `${own.groupId}-none`, "");
      await describe(own);
      dialogue.lines.push(...own.lines);
    }
  },

  "requests that make no sense": async (dialogue) => {
    for (let version = 0; version <= 9; version++) {
      const nobody = await Speaker.of(dialogue, "nobody", { version });
      await nobody.join("without a group", { groupId: "" });
      await nobody.join("too briefly", { sessionTimeoutMs: 100 });
      await nobody.join("too long", { sessionTimeoutMs: 3_600_000 });
      nobody.memberId = "nobody";
      nobody.generationId = 3;
      await nobody.join("where nobody is");
      await nobody.sync();
      await nobody.sync({}, { groupId: "" });
      await nobody.heartbeat();
      await nobody.heartbeat({ groupId: "" });
      await nobody.leave(Math.min(version, 5));
      await nobody.leave(Math.min(version, 5), { groupId: "" });
      nobody.memberId = "";
      await nobody.join("without a protocol", { protocols: [] });
      await nobody.join("without a protocol type", { protocolType: "" });
    }
    await describe(dialogue, dialogue.groupId, `${dialogue.groupId}-none`, "");
    await remove(dialogue, dialogue.groupId);
  },

  "members that do not fit": async (dialogue) => {
    const [a, b] = await pair(dialogue);
    const other = await Speaker.of(dialogue, "other", { version: 5, protocols: ["sticky"] });
    await other.join("with another protocol");
    await other.join("with another type", { protocolType: "connect" });
    await other.join("with an id", { memberId: "nobody" });
    await a.join("with another type", { protocolType: "connect" });
    await a.sync({}, { protocolType: "connect" });
    await a.sync({}, { protocolName: "sticky" });
    await a.sync({}, { protocolName: null });
    await a.sync({}, { generationId: 7 });
    await a.sync({}, { groupInstanceId: "static b" });
    await a.sync({}, { groupInstanceId: "none" });
    await a.heartbeat({ generationId: 0 });
    await a.heartbeat({ groupInstanceId: "static b" });
    await a.heartbeat({ groupInstanceId: "none" });
    await b.heartbeat({ groupInstanceId: null });
    await a.join("as another", { groupInstanceId: "static b" });
    await a.leave(3, {
      members: [
        { memberId: "nobody", groupInstanceId: null },
        { memberId: a.memberId, groupInstanceId: "static b" },
        { memberId: "", groupInstanceId: "none" },
        { memberId: "", groupInstanceId: null },
      ],
    });
    await describe(dialogue);
    await remove(dialogue, dialogue.groupId);
    await a.leave(5, {
      members: [
        { memberId: "", groupInstanceId: "static b" },
        { memberId: a.memberId, groupInstanceId: null },
        { memberId: a.memberId, groupInstanceId: null },
      ],
    });
    await describe(dialogue);
    await remove(dialogue, dialogue.groupId);
  },

  "a rebalance": async (dialogue) => {
    const [a, b] = await pair(dialogue);
    await b.join("again, with nothing new");
    await b.sync();
    const c = await Speaker.of(dialogue, "c", { version: 3 });
    await c.sendJoin();
    await moment();
    await a.heartbeat();
    await b.heartbeat();
    await a.sync();
    await describe(dialogue);
    await b.sendJoin();
    await moment();
    await a.sendJoin();
    await a.receiveJoin();
    await b.receiveJoin();
    await c.receiveJoin();
    await a.heartbeat();
    await describe(dialogue);
    await a.join("once more, for the answer was lost");
    await b.sendSync();
    await moment();
    // Somebody leaves while another waits for the leader.
    await c.leave(1);
    await b.receiveSync();
    await a.sync();
    await b.sendJoin();
    await moment();
    await a.sendJoin();
    await a.receiveJoin();
    await b.receiveJoin();
    // Only what the leader assigns counts.
    await b.sendSync({ [a.memberId]: "by b", [b.memberId]: "by b" });
    await moment();
    await a.sync({ [b.memberId]: "by a", nobody: "by a" });
    await b.receiveSync();
    await describe(dialogue);
    await a.leave(1);
    await b.leave(3);
    await list(dialogue, 5);
    await remove(dialogue, dialogue.groupId);
  },

  "static members that come back": async (dialogue) => {
    for (const version of [5, 7, 9]) {
      const [a, b] = await pair(dialogue);
      const follower = await Speaker.of(dialogue, "b again", { version, instanceId: "static b" });
      await follower.join();
      await follower.sync();
      await b.heartbeat();
      await b.sync();
      await b.join("with its old id");
      await b.leave(5);
      await follower.heartbeat();
      await a.heartbeat();
      await describe(dialogue);
      // The dynamic leader goes; the static one leads.
      await a.leave(5);
      await follower.join();
      await follower.sync({ [follower.memberId]: "all" });
      const leader = await Speaker.of(dialogue, "b once more", { version, instanceId: "static b" });
      await leader.join();
      await leader.sync();
      await follower.heartbeat();
      await describe(dialogue);
      const changed = await Speaker.of(dialogue, "b changed", {
        version,
        instanceId: "static b",
        protocols: ["sticky"],
      });
      await changed.join("with another protocol");
      const both = await Speaker.of(dialogue, "b with both", {
        version,
        instanceId: "static b",
        protocols: ["sticky", "range"],
      });
      await both.join("with one more protocol, which it prefers");
      await describe(dialogue);
      await both.leave(5);
      await remove(dialogue, dialogue.groupId);
    }
  },

  "ids that are given and not used": async (dialogue) => {
    const a = await Speaker.of(dialogue, "a", { sessionTimeoutMs: 6000 });
    await a.join("asks for an id");
    // Kafka answers before it has written the group.
    await moment();
    await describe(dialogue);
    await list(dialogue, 5);
    await a.heartbeat();
    await a.sync();
    await a.leave(5);
    await a.leave(5);
    await a.join("after it has left");
    await remove(dialogue, dialogue.groupId);
  },

  "coordinators": async (dialogue) => {
    const connection = await dialogue.connect();
    for (let version = 0; version <= 6; version++) {
      for (const keyType of version === 0 ? [0] : [0, 1, 3, -1]) {
        const answer = await dialogue.ask(connection, api.FindCoordinator, version, {
          keyType,
          ...(version < 4 ? { key: "a" } : { coordinatorKeys: ["a", "", "b"] }),
        });
        const hide = <T extends { host: string; port: number; nodeId: number }>(found: T) =>
          found.nodeId < 0 ? found : { ...found, nodeId: "this", host: "this", port: "this" };
        const coordinators = answer.coordinators.map(hide);
        dialogue.note(`found ${keyType} v${version}`, { ...hide(answer), coordinators });
      }
    }
  },
};

const RANDOM_DIALOGUES = 10;
const STEPS = 40;
/** The longest that an answer takes which does not wait for anything. */
const QUIET_MS = 200;

/** A member that does what chance says, whether it makes sense or not; its joins and syncs may wait. */
class Improviser extends Speaker {
  parked: "join" | "sync" | undefined;
  #leads = false;
  #words = 0;

  async step(random: SeededRandom, everybody: readonly Improviser[]): Promise<void> {
    const chance = random.below(10);
    if (chance < 4) {
      if (this.parked === undefined) await this.#improviseJoin(random);
    } else if (chance < 6) {
      if (this.parked === undefined && this.generationId >= 0) await this.#improviseSync(everybody);
    } else if (chance < 8) await this.heartbeat();
    else if (chance < 9) await describe(this.dialogue);
    // A new leader is chosen by no rule, and Kafka never answers the sync of one that leaves.
    else if (!this.#leads && this.name !== "a" && !everybody.some((each) => this.#isWith(each, "sync"))) {
      await this.leave(5);
    }
  }

  /** The other is this one, or the same instance, and waits for that. */
  #isWith(other: Improviser, parked: "sync"): boolean {
    const isSame = other === this || this.instanceId !== null && other.instanceId === this.instanceId;
    return isSame && other.parked === parked;
  }

  /** Takes the answer to what it waits for, if it has come. */
  async listen(): Promise<void> {
    if (this.parked === undefined) return;
    const isJoin = this.parked === "join";
    const asked = isJoin ? api.JoinGroup : api.SyncGroup;
    const version = isJoin ? this.version : Math.min(this.version, 5);
    const frame = await this.connection.receive(1);
    if (frame === undefined) return;
    assert.notEqual(frame, CLOSED);
    this.parked = undefined;
    const reader = new Reader(frame as Uint8Array);
    decodeResponseHeader(reader, asked.responseHeaderVersion(version));
    const answer = asked.response.decode(reader, version);
    this.dialogue.note(`${this.name} is answered its ${isJoin ? "join" : "sync"}`, answer);
    const { errorCode } = answer;
    if ("memberId" in answer && answer.memberId !== "") this.memberId = answer.memberId;
    if ("leader" in answer && errorCode === ErrorCode.NONE) {
      this.generationId = answer.generationId;
      this.#leads = answer.leader === answer.memberId;
    }
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.FENCED_INSTANCE_ID) {
      this.memberId = "";
    }
  }

  async #improviseJoin(random: SeededRandom): Promise<void> {
    if (random.below(2) === 0) this.#words++;
    const protocols = random.below(3) === 0 ? ["range", "sticky"] : ["range"];
    this.parked = "join";
    await this.sendJoin({
      sessionTimeoutMs: 60_000,
      ...(this.version >= 1 && { rebalanceTimeoutMs: 120_000 }),
      protocols: protocols.map((name) => ({
        name,
        metadata: encodeVersioned(ConsumerProtocolSubscription, 0, {
          topics: [],
          userData: bytes(`${this.name} ${this.#words} ${name}`),
        }),
      })),
    });
  }

  async #improviseSync(everybody: readonly Improviser[]): Promise<void> {
    this.parked = "sync";
    const known = everybody.filter(({ memberId }) => memberId !== "");
    await this.sendSync(Object.fromEntries(known.map(({ memberId, name }) => [memberId, `for ${name}`])));
  }
}

async function improvise(dialogue: Dialogue, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const cast: readonly [name: string, instanceId: string | null][] = [
    ["a", null],
    ["b", null],
    ["x", "static x"],
    ["x again", "static x"],
    ["y", "static y"],
  ];
  const everybody: Improviser[] = [];
  for (const [name, instanceId] of cast) {
    const version = instanceId === null ? random.below(10) : 5 + random.below(5);
    everybody.push(new Improviser(dialogue, await dialogue.connect(), name, { version, instanceId }));
  }
  // The first one leads from the beginning, and stays: so chance decides nothing within the brokers.
  const [first] = everybody as [Improviser];
  if (first.version >= 4) await first.join("asks for an id", { sessionTimeoutMs: 60_000 });
  await first.sendJoin({ sessionTimeoutMs: 60_000 });
  first.parked = "join";
  while (first.parked !== undefined) {
    await moment();
    await first.listen();
  }
  for (let step = 0; step < STEPS; step++) {
    await random.pick(everybody).step(random, everybody);
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    for (const each of everybody) await each.listen();
  }
  await describe(dialogue);
  const members = everybody.filter(({ memberId }) => memberId !== "");
  const leaving = members.map(({ memberId }) => ({ memberId, groupInstanceId: null }));
  await first.leave(5, { members: leaving });
  await remove(dialogue, dialogue.groupId);
}

testNeeding([runningKafka], "Milena answers as Apache Kafka does: random dialogues", async () => {
  const [host, port] = kafkaAddress!.split(":") as [string, string];
  await using milena = await startMilena();
  const firstSeed = testSeed();
  await Promise.all(Array.from({ length: RANDOM_DIALOGUES }, async (_, index) => {
    const seed = firstSeed + index;
    const groupId = `milena-test-${crypto.randomUUID().replaceAll("-", "")}`;
    await using kafkas = new Dialogue({ host, port: Number(port) }, groupId);
    await using ours = new Dialogue(milena.kafka, groupId);
    await Promise.all([prepare(kafkas), prepare(ours)]);
    await Promise.all([improvise(kafkas, seed), improvise(ours, seed)]);
    assert.deepEqual(ours.lines, kafkas.lines, `MILENA_TEST_SEED=${seed}`);
  }));
});

for (const [name, lead] of Object.entries(dialogues)) {
  testNeeding([runningKafka], `Milena answers as Apache Kafka does: ${name}`, async () => {
    const [host, port] = kafkaAddress!.split(":") as [string, string];
    await using milena = await startMilena();
    const groupId = `milena-test-${crypto.randomUUID().replaceAll("-", "")}`;
    await using kafkas = new Dialogue({ host, port: Number(port) }, groupId);
    await using ours = new Dialogue(milena.kafka, groupId);
    await Promise.all([prepare(kafkas), prepare(ours)]);
    await Promise.all([lead(kafkas), lead(ours)]);
    assert.deepEqual(ours.lines, kafkas.lines);
  });
}
