/**
 * Several TinyBrokers as one cluster for tests of clients: each partition is led by one of them, and a group coordinated
 * by one; leadership moves and brokers go away when a test says so. What is stored is stored once, as if replicas never
 * lagged behind, so that a record which was acknowledged and is missing is the client's fault.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { TinyBroker, type TinyMember, type TinyPartition } from "./tiny_broker.ts";
import type { Handlers } from "./tiny_server.ts";

interface Member {
  readonly id: number;
  port: number;
  /** undefined: it is away. */
  broker: TinyBroker | undefined;
}

export interface TinyClusterOptions {
  /** Default 3; their ids are 1, 2, …. */
  readonly brokerCount?: number;
  /** See TinyMember.onProduce. */
  readonly onProduce?: (id: number, moment: "before" | "after") => void | Promise<void>;
}

export class TinyCluster implements AsyncDisposable {
  readonly topics = new Map<string, TinyPartition[]>();
  /** The controller; -1: there is none. */
  controllerId = 1;
  /** Groups that say so are still being loaded. */
  readonly loading = new Set<string>();
  readonly committed = new Map<string, { offset: number; by: number }>();
  /** How long brokers do not know of a topic that was created. */
  metadataLagMs = 0;
  readonly #createdAt = new Map<string, number>();
  readonly #hanging = new Set<number>();
  readonly #deposed = new Map<string, number>();
  readonly #leaders = new Map<string, number>();
  readonly #coordinators = new Map<string, number>();
  readonly #members: Member[];
  readonly #options: TinyClusterOptions;

  constructor(options: TinyClusterOptions = {}) {
    this.#options = options;
    this.#members = Array.from({ length: options.brokerCount ?? 3 }, (_, i) => ({
      id: i + 1,
      port: 0,
      broker: undefined,
    }));
    for (const { id } of this.#members) this.start(id);
  }

  get ids(): number[] {
    return this.#members.map(({ id }) => id);
  }

  /** Where a broker is, or was. */
  address(id: number): { host: string; port: number } {
    return { host: "127.0.0.1", port: this.#member(id).port };
  }

  get bootstrap(): { host: string; port: number }[] {
    return this.ids.map((id) => this.address(id));
  }

  /** Throws if it is away. */
  broker(id: number): TinyBroker {
    const { broker } = this.#member(id);
    if (broker === undefined) throw new Error(`broker ${id} is away`);
    return broker;
  }

  isUp(id: number): boolean {
    return this.#member(id).broker !== undefined;
  }

  /** Led by all brokers in turn. */
  create(topic: string, partitionCount: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitionCount }, () => ({ batches: [], startOffset: 0, endOffset: 0 })),
    );
    this.#createdAt.set(topic, performance.now());
    for (let i = 0; i < partitionCount; i++) {
      this.#leaders.set(`${topic}:${i}`, 1 + i % this.#members.length);
    }
  }

  leaderOf(topic: string, partition: number): number {
    return this.#leaders.get(`${topic}:${partition}`) ?? -1;
  }

  /** `to` -1: nobody leads it for now. */
  moveLeader(topic: string, partition: number, to: number): void {
    const from = this.#members.find(({ id }) => id === this.leaderOf(topic, partition));
    this.#leaders.set(`${topic}:${partition}`, to);
    from?.broker?.wake();
  }

  /** The next batch is appended, and then `to` leads, before its acknowledgement. */
  deposeWhileWaiting(topic: string, partition: number, to: number): void {
    this.#deposed.set(`${topic}:${partition}`, to);
  }

  /** It takes requests for metadata and answers none any more. */
  hang(id: number): void {
    this.#hanging.add(id);
  }

  moveCoordinator(group: string, to: number): void {
    this.#coordinators.set(group, to);
  }

  /** `isMoved`: at another port than before. */
  start(id: number, options: { readonly isMoved?: boolean } = {}): void {
    const member = this.#member(id);
    if (member.broker !== undefined) throw new Error(`broker ${id} is up`);
    if (options.isMoved) member.port = 0;
    member.broker = new TinyBroker({ member: this.#asMember(id) }, { port: member.port });
    member.port = member.broker.port;
  }

  /**
   * Its connections break, and nobody listens; what it leads stays its own until it is moved. Gives clients time to notice:
   * of what they send before, they can't know whether it arrived.
   */
  async stop(id: number): Promise<void> {
    const member = this.#member(id);
    const broker = this.broker(id);
    member.broker = undefined;
    await broker[Symbol.asyncDispose]();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { id, broker } of this.#members) if (broker !== undefined) await this.stop(id);
  }

  #member(id: number): Member {
    return this.#members.find((member) => member.id === id)!;
  }

  #asMember(id: number): TinyMember {
    return {
      id,
      topics: this.topics,
      brokers: () =>
        this.#members.filter(({ broker }) => broker !== undefined).map(({ id, port }) => ({
          nodeId: id,
          host: "127.0.0.1",
          port,
          rack: `rack-${id}`,
        })),
      controllerId: () => this.controllerId,
      leaderOf: (topic, partition) => this.leaderOf(topic, partition),
      handlers: { ...this.#groupHandlers(id), ...this.#controllerHandlers(id) },
      onProduce: (moment) => this.#options.onProduce?.(id, moment),
      codeAfterAppend: (topic, partition) => {
        const to = this.#deposed.get(`${topic}:${partition}`);
        if (to === undefined) return ErrorCode.NONE;
        this.#deposed.delete(`${topic}:${partition}`);
        this.moveLeader(topic, partition, to);
        return ErrorCode.NOT_LEADER_OR_FOLLOWER;
      },
      isHanging: () => this.#hanging.has(id),
      shows: (topic) => performance.now() - (this.#createdAt.get(topic) ?? 0) >= this.metadataLagMs,
    };
  }

  #controllerHandlers(id: number): Handlers {
    return {
      CreateTopics: ({ topics }) => ({
        topics: topics.map(({ name, numPartitions }) => {
          const isController = id === this.controllerId;
          if (isController) this.create(name, numPartitions);
          return { name, errorCode: isController ? ErrorCode.NONE : ErrorCode.NOT_CONTROLLER, numPartitions };
        }),
      }),
    };
  }

  #groupHandlers(id: number): Handlers {
    const codeOf = (group: string) =>
      this.#coordinators.get(group) !== id
        ? ErrorCode.NOT_COORDINATOR
        : this.loading.has(group)
        ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
        : ErrorCode.NONE;
    return {
      FindCoordinator: ({ key, coordinatorKeys }) => {
        const found = [key, ...coordinatorKeys].filter((one) => one !== "").map((one) => {
          const nodeId = this.#coordinators.get(one) ?? -1;
          const isKnown = nodeId > 0 && this.isUp(nodeId);
          return {
            key: one,
            nodeId,
            ...isKnown ? this.address(nodeId) : { host: "", port: -1 },
            errorCode: isKnown ? ErrorCode.NONE : ErrorCode.COORDINATOR_NOT_AVAILABLE,
            errorMessage: null,
          };
        });
        return key === "" ? { coordinators: found } : { ...found[0]!, coordinators: [] };
      },
      OffsetCommit: ({ groupId, topics }) => ({
        topics: topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, committedOffset }) => {
            const errorCode = codeOf(groupId);
            if (errorCode === ErrorCode.NONE) {
              this.committed.set(`${groupId}:${name}:${partitionIndex}`, { offset: committedOffset, by: id });
            }
            return { partitionIndex, errorCode };
          }),
        })),
      }),
    };
  }
}
