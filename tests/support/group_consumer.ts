/**
 * A consumer of the new protocol, as far as the broker sees one: what ConsumerGroupHeartbeat asks and answers, through the codecs.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "../../protocol/messages/68_consumer_group_heartbeat.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestClient } from "./test_client.ts";

type Fields = Partial<InputOf<typeof ConsumerGroupHeartbeatRequest>>;

export interface GroupConsumerOptions {
  readonly groupId?: string;
  readonly memberId?: string;
  readonly instanceId?: string | null;
  readonly version?: number;
  readonly topics?: readonly string[];
  readonly regex?: string;
  readonly rebalanceTimeoutMs?: number;
}

export class GroupConsumer {
  readonly client: TestClient;
  readonly groupId: string;
  readonly version: number;
  readonly #broker: TestBroker;
  readonly #options: GroupConsumerOptions;
  memberId: string;
  epoch = 0;
  #assigned: ConsumerGroupHeartbeatResponse["assignment"] = null;

  constructor(broker: TestBroker, options: GroupConsumerOptions = {}) {
    this.#broker = broker;
    this.#options = options;
    this.client = broker.connect();
    this.groupId = options.groupId ?? "group";
    this.version = options.version ?? 1;
    this.memberId = options.memberId ?? (this.version === 0 ? "" : `member-${broker.random.uint32()}`);
  }

  /** "topic 0,1 other 2": what it was last told to have. */
  get assigned(): string {
    return (this.#assigned?.topicPartitions ?? []).map(({ topicId, partitions }) => {
      const name = this.#broker.server.broker.topics.topicById(topicId)?.name ?? topicId;
      return `${name} ${partitions.join()}`;
    }).sort().join(" ");
  }

  /** What it was last told to have, as heartbeats report it. */
  get owned() {
    return this.#assigned?.topicPartitions ?? [];
  }

  /** A heartbeat that tells nothing but `fields`. */
  send(fields: Fields = {}): void {
    this.client.send(api.ConsumerGroupHeartbeat, this.version, {
      groupId: this.groupId,
      memberId: this.memberId,
      memberEpoch: this.epoch,
      instanceId: this.#options.instanceId ?? null,
      ...fields,
    });
  }

  receive(): ConsumerGroupHeartbeatResponse {
    const answer = this.client.receive(api.ConsumerGroupHeartbeat);
    if (answer.errorCode !== ErrorCode.NONE) return answer;
    this.memberId = answer.memberId!;
    this.epoch = answer.memberEpoch;
    if (answer.assignment !== null) this.#assigned = answer.assignment;
    return answer;
  }

  *heartbeat(fields: Fields = {}): Generator<void, ConsumerGroupHeartbeatResponse> {
    this.send(fields);
    yield;
    return this.receive();
  }

  /** Joins, or fails the test. */
  *join(fields: Fields = {}): Generator<void, ConsumerGroupHeartbeatResponse> {
    const answer = yield* this.heartbeat(this.joining(fields));
    assert.equal(answer.errorCode, ErrorCode.NONE, answer.errorMessage ?? "");
    return answer;
  }

  /** What a member that joins tells. */
  joining(fields: Fields = {}): Fields {
    const { topics, regex, rebalanceTimeoutMs = 60_000 } = this.#options;
    return {
      memberEpoch: 0,
      rebalanceTimeoutMs,
      subscribedTopicNames: topics ?? (regex === undefined ? ["t"] : []),
      ...(regex !== undefined && { subscribedTopicRegex: regex }),
      topicPartitions: [],
      ...fields,
    };
  }

  /** A heartbeat that reports what it was last told to have as what it has. */
  *acknowledge(): Generator<void, ConsumerGroupHeartbeatResponse> {
    return yield* this.heartbeat({ topicPartitions: this.owned });
  }
}
