/**
 * A member by the classic protocol, eager: JoinGroup, SyncGroup, heartbeats. Whoever is made leader shares the partitions out by
 * ranges.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode, errorName } from "../../protocol/errors.ts";
import { type Member, type MemberOptions, pause } from "./member.ts";

const PROTOCOL = "range-of-the-storm";

export class ClassicMember implements Member {
  readonly #options: MemberOptions;
  #memberId = "";
  #generation = -1;
  #partitions: number[] = [];
  #isSettled = false;
  #isGone = false;
  #state = "new";

  constructor(options: MemberOptions) {
    this.#options = options;
  }

  get describe(): string {
    return `${this.#memberId || "a new member"} (${this.#state}, generation ${this.#generation})`;
  }

  get generation(): number {
    return this.#generation;
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
        if (await this.#join()) await this.#stay();
      } catch (error) {
        if (!this.#isGone) throw error;
      }
      this.#letGo();
    }
  }

  async leave(): Promise<void> {
    const { connection, groupId, instanceId } = this.#options;
    this.#isGone = true;
    this.#letGo();
    if (this.#memberId === "") return connection.close();
    const { errorCode, members } = await connection.request(api.LeaveGroup, {
      groupId,
      members: [{ memberId: this.#memberId, groupInstanceId: instanceId ?? null, reason: "the storm" }],
    });
    connection.close();
    const code = errorCode || (members[0]?.errorCode ?? 0);
    // It may have been too slow, and be out already.
    if (code !== ErrorCode.NONE && code !== ErrorCode.UNKNOWN_MEMBER_ID) {
      throw new Error(`LeaveGroup by ${this.describe}: ${errorName(code)}`);
    }
  }

  vanish(): void {
    this.#isGone = true;
    this.#letGo();
    this.#options.connection.close();
  }

  /** Returns whether it has its part. */
  async #join(): Promise<boolean> {
    const { connection, groupId, topic, instanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    this.#state = "joining";
    const joined = await connection.request(api.JoinGroup, {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId: instanceId ?? null,
      protocolType: "consumer",
      protocols: [{ name: PROTOCOL, metadata: new TextEncoder().encode(topic) }],
    });
    if (this.#isGone) {
      // It has become a member while it was on its way out.
      this.#memberId = joined.memberId;
      return false;
    }
    if (joined.errorCode !== ErrorCode.NONE) {
      return this.#isBack("JoinGroup", joined.errorCode, joined.memberId);
    }
    this.#memberId = joined.memberId;
    if (joined.generationId <= this.#generation) {
      throw new Error(`${this.describe} was let into generation ${joined.generationId}`);
    }
    this.#generation = joined.generationId;
    this.#state = "syncing";
    const isLeader = joined.leader === joined.memberId;
    const synced = await connection.request(api.SyncGroup, {
      groupId,
      generationId: joined.generationId,
      memberId: joined.memberId,
      groupInstanceId: instanceId ?? null,
      protocolType: "consumer",
      protocolName: PROTOCOL,
      assignments: isLeader ? this.#share(joined.members.map(({ memberId }) => memberId)) : [],
    });
    if (synced.errorCode !== ErrorCode.NONE) return this.#isBack("SyncGroup", synced.errorCode);
    if (this.#isGone) return false;
    this.#partitions = [...new Uint16Array(synced.assignment.slice().buffer)];
    this.#options.ownership.claim(this.#memberId, this.#partitions, this.#generation);
    return true;
  }

  async #stay(): Promise<void> {
    const { connection, groupId, instanceId, heartbeatMs } = this.#options;
    this.#state = "member";
    this.#isSettled = true;
    while (!this.#isGone) {
      await pause(heartbeatMs);
      if (this.#isGone) return;
      const { errorCode } = await connection.request(api.Heartbeat, {
        groupId,
        generationId: this.#generation,
        memberId: this.#memberId,
        groupInstanceId: instanceId ?? null,
      });
      if (errorCode !== ErrorCode.NONE) return void this.#isBack("Heartbeat", errorCode);
    }
  }

  /** Where an error sends it: to join again, under the same name or a new one. */
  #isBack(what: string, code: number, newId = ""): false {
    switch (code) {
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.#memberId = newId;
        return false;
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#memberId = "";
        return false;
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return false;
    }
    throw new Error(`${what} by ${this.describe}: ${errorName(code)}`);
  }

  #letGo(): void {
    this.#isSettled = false;
    this.#options.ownership.release(this.#memberId, this.#partitions);
    this.#partitions = [];
  }

  #share(memberIds: readonly string[]): { memberId: string; assignment: Uint8Array }[] {
    const { partitionCount } = this.#options;
    return memberIds.map((memberId, index) => {
      const from = Math.floor(index * partitionCount / memberIds.length);
      const to = Math.floor((index + 1) * partitionCount / memberIds.length);
      const partitions = Uint16Array.from({ length: to - from }, (_, offset) => from + offset);
      return { memberId, assignment: new Uint8Array(partitions.buffer) };
    });
  }
}
