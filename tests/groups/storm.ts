/**
 * A rebalance storm: members come and go at random, with good-byes and without; then nobody moves, and the group must settle:
 * every partition owned once, and all members of one mind. Bounded in time and members; talks to one broker.
 * @module
 */
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import type { SeededRandom } from "../support/random.ts";
import { createTopic } from "../support/create_topic.ts";
import { ClassicMember } from "./classic_member.ts";
import { ConsumerMember } from "./consumer_member.ts";
import { type Member, pause } from "./member.ts";
import { Ownership } from "./ownership.ts";

export interface StormOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: "classic" | "consumer";
  /** Most members at once. */
  readonly memberCount: number;
  readonly partitionCount: number;
  /** How long members come and go. */
  readonly stormMs: number;
  /** Most that it takes to settle afterwards before it counts as stuck. */
  readonly settleWithinMs: number;
  readonly random: SeededRandom;
}

export interface StormReport {
  readonly joins: number;
  readonly leaves: number;
  readonly vanished: number;
  /** Members at the end. */
  readonly members: number;
  readonly generation: number;
  readonly settledMs: number;
}

/** What the broker is to be started with: sessions short enough that the vanished are missed within the test. */
export const stormSettings: Readonly<Record<string, string>> = {
  "group.min.session.timeout.ms": "500",
  "group.initial.rebalance.delay.ms": "0",
  "group.consumer.min.session.timeout.ms": "1000",
  "group.consumer.session.timeout.ms": "2000",
  "group.consumer.min.heartbeat.interval.ms": "100",
  "group.consumer.heartbeat.interval.ms": "200",
};

const SESSION_TIMEOUT_MS = 2000;
const REBALANCE_TIMEOUT_MS = 2500;
const HEARTBEAT_MS = 200;

export async function runStorm(options: StormOptions): Promise<StormReport> {
  const storm = new Storm(options);
  await storm.prepare();
  try {
    await storm.rage();
    return await storm.settle();
  } finally {
    storm.end();
  }
}

class Storm {
  readonly #options: StormOptions;
  readonly #groupId = `storm-${crypto.randomUUID().slice(0, 8)}`;
  readonly #topic = `storm-${crypto.randomUUID().slice(0, 8)}`;
  readonly #ownership = new Ownership();
  readonly #members = new Set<Member>();
  readonly #runs = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  #topicId = "";
  #joins = 0;
  #leaves = 0;
  #vanished = 0;

  constructor(options: StormOptions) {
    this.#options = options;
  }

  async prepare(): Promise<void> {
    using connection = await this.#connect();
    await createTopic(connection, this.#topic, { partitionCount: this.#options.partitionCount });
    const { topics } = await connection.request(api.Metadata, {
      topics: [{ topicId: ZERO_UUID, name: this.#topic }],
      allowAutoTopicCreation: false,
    });
    this.#topicId = topics[0]!.topicId;
    await this.#awaitCoordinator(connection);
  }

  async rage(): Promise<void> {
    const { random, stormMs, memberCount } = this.#options;
    const end = performance.now() + stormMs;
    while (performance.now() < end) {
      this.#throwFailures();
      const isFull = this.#members.size >= memberCount;
      const isThin = this.#members.size < memberCount / 2;
      const roll = random.below(10);
      if (!isFull && (isThin || roll < 5)) await this.#add();
      else if (roll < 9) await this.#removeOne();
      else this.#loseOne();
      await pause(isThin ? 1 : random.below(30));
    }
  }

  async settle(): Promise<StormReport> {
    const { partitionCount, settleWithinMs } = this.#options;
    const start = performance.now();
    for (;;) {
      this.#throwFailures();
      const problem = this.#problem();
      const ms = performance.now() - start;
      if (problem === undefined) {
        const generation = Math.max(...[...this.#members].map(({ generation }) => generation));
        return {
          joins: this.#joins,
          leaves: this.#leaves,
          vanished: this.#vanished,
          members: this.#members.size,
          generation,
          settledMs: Math.round(ms),
        };
      }
      if (ms > settleWithinMs) {
        throw new Error(
          `not settled ${settleWithinMs} ms after the storm: ${problem}; ` +
            `${this.#members.size} members, ${partitionCount} partitions`,
        );
      }
      await pause(20);
    }
  }

  end(): void {
    for (const member of this.#members) member.vanish();
  }

  /** Why the group has not settled; undefined if it has. */
  #problem(): string | undefined {
    const members = [...this.#members];
    const unsettled = members.filter(({ isSettled }) => !isSettled);
    if (unsettled.length > 0) return `${unsettled.length} are not settled, such as ${unsettled[0]!.describe}`;
    const generations = new Set(members.map(({ generation }) => generation));
    if (generations.size > 1) return `they are of the generations ${[...generations].join(", ")}`;
    const { ownedCount } = this.#ownership;
    const { partitionCount } = this.#options;
    if (members.length > 0 && ownedCount !== partitionCount) return `${ownedCount} partitions are owned`;
  }

  #throwFailures(): void {
    const found = [...this.#failures, ...this.#ownership.violations];
    if (found.length > 0) throw new Error(found.slice(0, 10).join("\n"));
  }

  async #add(): Promise<void> {
    const { protocol, partitionCount } = this.#options;
    const options = {
      connection: await this.#connect(),
      groupId: this.#groupId,
      topic: this.#topic,
      topicId: this.#topicId,
      partitionCount,
      ownership: this.#ownership,
      heartbeatMs: HEARTBEAT_MS,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
    };
    const member = protocol === "classic" ? new ClassicMember(options) : new ConsumerMember(options);
    this.#members.add(member);
    this.#joins++;
    this.#watch(member.run());
  }

  async #removeOne(): Promise<void> {
    const member = this.#pick();
    if (member === undefined) return;
    this.#members.delete(member);
    this.#leaves++;
    this.#watch(member.leave());
    await Promise.resolve();
  }

  #loseOne(): void {
    const member = this.#pick();
    if (member === undefined) return;
    this.#members.delete(member);
    this.#vanished++;
    member.vanish();
  }

  #pick(): Member | undefined {
    return this.#members.size === 0 ? undefined : this.#options.random.pick([...this.#members]);
  }

  #watch(work: Promise<void>): void {
    const watched = work.catch((error: Error) => void this.#failures.push(error.message))
      .finally(() => this.#runs.delete(watched));
    this.#runs.add(watched);
  }

  #connect(): Promise<Connection> {
    const { host, port } = this.#options;
    return Connection.connect({ address: { host, port }, clientId: "storm" });
  }

  async #awaitCoordinator(connection: Connection): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { coordinators } = await connection.request(api.FindCoordinator, {
        keyType: 0,
        coordinatorKeys: [this.#groupId],
      });
      const { errorCode } = coordinators[0]!;
      if (errorCode === ErrorCode.NONE) return;
      if (errorCode !== ErrorCode.COORDINATOR_NOT_AVAILABLE) throw new Error(errorName(errorCode));
      await pause(100);
    }
    throw new Error("no coordinator for the group after 10 s");
  }
}
