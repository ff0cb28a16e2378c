/**
 * A member by the new consumer protocol (KIP-848): one heartbeat tells what it owns and brings what it is to own. It lets go
 * of what it is to give up before it says so.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import { type Member, type MemberOptions, pause } from "./member.ts";

const JOIN_EPOCH = 0;
const LEAVE_EPOCH = -1;

export class ConsumerMember implements Member {
  readonly #options: MemberOptions;
  readonly #memberId = crypto.randomUUID();
  #epoch = JOIN_EPOCH;
  #partitions: number[] = [];
  /** What it owns has changed since it said so. */
  #hasNews = true;
  #isSettled = false;
  #isGone = false;

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  get describe(): string {
    return `${this.#memberId} (epoch ${this.#epoch})`;
  }

  get generation(): number {
    return this.#epoch;
  }

  get partitions(): readonly number[] {
    return this.#partitions;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  async run(): Promise<void> {
    while (!this.#isGone) {
      try {
        await this.#heartbeat();
      } catch (error) {
        if (!this.#isGone) throw error;
      }
      if (!this.#isGone && !this.#hasNews) await pause(this.#options.heartbeatMs);
    }
  }

  async leave(): Promise<void> {
    const { connection, groupId, instanceId } = this.#options;
    this.#isGone = true;
    this.#letGo();
    const { errorCode } = await connection.request(api.ConsumerGroupHeartbeat, {
      groupId,
      memberId: this.#memberId,
      memberEpoch: LEAVE_EPOCH,
      instanceId: instanceId ?? null,
    });
    connection.close();
    const isOut = errorCode === ErrorCode.UNKNOWN_MEMBER_ID || errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
    if (errorCode !== ErrorCode.NONE && !isOut) {
      throw new Error(`leaving by ${this.describe}: ${errorName(errorCode)}`);
    }
  }

  vanish(): void {
    this.#isGone = true;
    this.#letGo();
    this.#options.connection.close();
  }

  async #heartbeat(): Promise<void> {
    const { connection, groupId, topic, topicId, instanceId, rebalanceTimeoutMs } = this.#options;
    const isJoining = this.#epoch === JOIN_EPOCH;
    const owned = this.#partitions.length === 0 ? [] : [{ topicId, partitions: this.#partitions }];
    const tells = this.#hasNews || isJoining;
    this.#hasNews = false;
    const answer = await connection.request(api.ConsumerGroupHeartbeat, {
      groupId,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      instanceId: isJoining ? instanceId ?? null : null,
      rebalanceTimeoutMs: isJoining ? rebalanceTimeoutMs : -1,
      subscribedTopicNames: isJoining ? [topic] : null,
      topicPartitions: tells ? owned : null,
    });
    if (this.#isGone) return;
    switch (answer.errorCode) {
      case ErrorCode.NONE:
        break;
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_MEMBER_EPOCH:
        this.#letGo();
        this.#epoch = JOIN_EPOCH;
        this.#hasNews = true;
        return;
      case ErrorCode.UNRELEASED_INSTANCE_ID:
        return;
      default:
        throw new Error(
          `heartbeat of ${this.describe}: ${errorName(answer.errorCode)} (${answer.errorMessage})`,
        );
    }
    if (answer.memberEpoch < this.#epoch) {
      throw new Error(`the epoch of ${this.describe} went back to ${answer.memberEpoch}`);
    }
    this.#epoch = answer.memberEpoch;
    if (answer.assignment === null) {
      this.#isSettled = !this.#hasNews;
      return;
    }
    const target = answer.assignment.topicPartitions.flatMap(({ partitions }) => [...partitions]);
    const wanted = new Set(target);
    this.#options.ownership.release(this.#memberId, this.#partitions.filter((each) => !wanted.has(each)));
    this.#options.ownership.claim(this.#memberId, target);
    this.#partitions = target;
    this.#isSettled = false;
    this.#hasNews = true;
  }

  #letGo(): void {
    this.#isSettled = false;
    this.#options.ownership.release(this.#memberId, this.#partitions);
    this.#partitions = [];
  }
}
