/**
 * All consumer groups of a broker, and the offsets they have committed, kept in `__consumer_offsets`.
 *
 * The parts: groups of the classic protocol in `classic/`, of the new one (KIP-848) in `consumer/`, offsets in `offsets/`.
 * A group id names one group, whatever its protocol.
 * @module
 */
import { GROUP_METADATA_KEY_VERSION } from "../../protocol/coordinator/group_metadata.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Uuid } from "../../protocol/uuid.ts";
import { versionOf } from "../../protocol/versioned.ts";
import { errorText, LogError } from "../../storage/log_error.ts";
import { writeErrorCode } from "./classic/classic_events.ts";
import { ClassicGroup } from "./classic/classic_group.ts";
import { ClassicGroups, type MemberClient } from "./classic/classic_groups.ts";
import type { ClassicMembers } from "./consumer/classic_members.ts";
import { ConsumerGroups } from "./consumer/consumer_groups.ts";
import { consumerRecordKinds } from "./consumer/group_fact.ts";
import type { CoordinatorContext } from "./coordinator_context.ts";
import type { Group } from "./group.ts";
import type { GroupRegistry } from "./group_registry.ts";
import { internalTopicConfigs, OFFSETS_TOPIC } from "./internal_topics.ts";
import { Journal, type ReplayedRecord } from "./journal.ts";
import { Offsets } from "./offsets/offsets.ts";

export { OFFSETS_TOPIC };

export class GroupCoordinator implements GroupRegistry {
  readonly journal: Journal;
  readonly offsets: Offsets;
  readonly classic: ClassicGroups;
  readonly consumer: ConsumerGroups;
  readonly #context: CoordinatorContext;
  readonly #groups = new Map<string, Group>();

  constructor(context: CoordinatorContext) {
    this.#context = context;
    this.journal = new Journal({
      topics: context.topics,
      clock: context.clock,
      topic: OFFSETS_TOPIC,
      partitionCount: context.groups.offsets.topicPartitions,
      configs: internalTopicConfigs(OFFSETS_TOPIC, context)!,
    });
    this.offsets = new Offsets({
      ...context,
      journal: this.journal,
      groups: this,
      config: context.groups.offsets,
    });
    const members = {
      onChange: (groupId: string) => this.#showMembers(groupId),
      onExpired: (member: MemberClient) => context.figures.clients.memberExpired(member),
    };
    this.classic = new ClassicGroups({
      ...context,
      ...members,
      groups: this.#groups,
      journal: this.journal,
      config: context.groups,
    });
    this.consumer = new ConsumerGroups({
      ...context,
      ...members,
      classic: this.classic,
      groups: this.#groups,
      journal: this.journal,
      config: context.groups,
    });
  }

  /** Takes in what was written before. Waits for the disk: for the start only. */
  load(): void {
    this.journal.replay({
      record: (partition, record) => this.#replay(partition, record),
      transactionEnded: (partition, producerId, isCommitted) =>
        this.transactionEnded(partition, producerId, isCommitted),
    });
    this.offsets.loaded();
    this.classic.loaded();
    this.consumer.loaded();
    for (const id of this.#groups.keys()) this.#showMembers(id);
  }

  /** What a transaction has committed in a partition of the topic counts from now on, or never will. */
  transactionEnded(partition: number, producerId: number, isCommitted: boolean): void {
    this.offsets.transactionEnded(partition, producerId, isCommitted);
  }

  /** The topic is gone, and what groups have committed of it goes, too. */
  topicDeleted(topic: { readonly name: string; readonly id: Uuid }): void {
    this.offsets.topicDeleted(topic);
  }

  /** The broker stops: whoever waits is sent away. */
  stop(): void {
    this.classic.stop();
  }

  /** Who answers for members of the group that speak the classic protocol. */
  classicMembersOf(groupId: string): ClassicGroups | ClassicMembers {
    const group = this.consumer.group(groupId);
    return group === undefined || group.isEmpty ? this.classic : this.consumer.classicMembers;
  }

  group(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  groups(): IterableIterator<Group> {
    return this.#groups.values();
  }

  /** The group, or a new one without members: for whoever commits offsets without being in a group. */
  getOrCreateSimple(id: string): Group {
    return this.#groups.get(id) ?? this.classic.createSimple(id, this.#context.clock.now());
  }

  /**
   * Takes back the groups and their offsets. Calls `done` with an error code for each, in order, when that is certain.
   */
  deleteGroups(ids: readonly string[], done: (errorCodes: readonly number[]) => void): void {
    const errorCodes = ids.map((id) => this.#deleteGroup(id));
    let waiting = 1;
    const settle = () => {
      if (--waiting === 0) done(errorCodes);
    };
    const partitions = new Set(ids.map((id) => this.journal.partitionOf(id)));
    for (const partition of partitions) {
      waiting++;
      this.journal.whenAcknowledged(partition, settle);
    }
    settle();
  }

  /** The journal says that there is no such group any more. */
  forget(id: string): void {
    const group = this.#groups.get(id);
    if (group instanceof ClassicGroup) this.classic.remove(group);
    else {
      this.#groups.delete(id);
      this.#showMembers(id);
    }
  }

  #showMembers(groupId: string): void {
    this.#context.figures.groups.setMembers(groupId, this.#groups.get(groupId)?.memberCount);
  }

  #deleteGroup(id: string): number {
    const group = this.#groups.get(id);
    if (group === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
    const refusal = group.checkDelete();
    if (refusal !== ErrorCode.NONE) return refusal;
    try {
      const tombstones = [...this.offsets.tombstonesOf(id), ...group.tombstones()];
      this.journal.append(this.journal.partitionOf(id), tombstones);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#context.log("warn", `could not delete group "${id}": ${errorText(error)}`);
      return writeErrorCode(error.code);
    }
    this.offsets.forgetGroup(id);
    this.forget(id);
    return ErrorCode.NONE;
  }

  /** The key's version says what kind of fact it is. Kinds that came later, or that no part here knows, are passed over. */
  #replay(partition: number, record: ReplayedRecord): void {
    const kind = versionOf(record.key);
    if (kind !== undefined && consumerRecordKinds.has(kind)) return this.consumer.replay(partition, record);
    switch (kind) {
      case 0:
      case 1:
        return this.offsets.replay(partition, record);
      case GROUP_METADATA_KEY_VERSION:
        return this.classic.replay(partition, record);
      default:
        this.#context.log("debug", `${OFFSETS_TOPIC} has a record of a kind that is not known here`);
    }
  }
}
