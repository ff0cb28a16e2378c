/**
 * A group of the new consumer protocol (KIP-848): the fold over its facts. It decides nothing.
 *
 * What must be true:
 * - Epochs never go back: of the group, of its target assignment, of a member while it is one.
 * - A partition has at most one owner: the member that holds it or has not yet given it up.
 *
 * Sources: KIP-848, KIP-1251; Kafka's ConsumerGroup and ModernGroup.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import { type Uuid, ZERO_UUID } from "../../../protocol/uuid.ts";
import type { CommitTarget, Committer, Group, GroupState } from "../group.ts";
import type { JournalRecord } from "../journal.ts";
import {
  type ConsumerMember,
  type CurrentAssignment,
  isReconciledTo,
  NEW_METADATA,
  NO_ASSIGNMENT,
  regexOf,
} from "./consumer_member.ts";
import { type GroupFact, recordOf, type ResolvedRegex } from "./group_fact.ts";
import type { GroupTopics } from "./group_topics.ts";
import { type HeldPartitions, NO_PARTITIONS, type Partitions } from "./partitions.ts";

/** Of OffsetCommit: the first in which a member of the new protocol can say its epoch. */
const COMMIT_WITH_EPOCH_SINCE = 9;
/** A new group's epochs, so that a member's is above 0 from the first. */
const FIRST_EPOCH = 1;
/** Of a target assignment that has been taken back. */
const NO_EPOCH = -1;

export class ConsumerGroup implements Group {
  readonly type = "consumer";
  readonly protocolType = "consumer";
  readonly #topics: GroupTopics;
  readonly #members = new Map<string, ConsumerMember>();
  readonly #targets = new Map<string, Partitions>();
  readonly #regexes = new Map<string, ResolvedRegex>();
  /** Member ids by instance id. */
  readonly #staticMembers = new Map<string, string>();
  /** Member ids by topic id and partition. */
  readonly #owners = new Map<Uuid, Map<number, string>>();
  #epoch = FIRST_EPOCH;
  #metadataHash = 0;
  #assignmentEpoch = FIRST_EPOCH;
  #assignmentTimestampMs = 0;
  #hasPartitionMetadata = false;
  #emptySinceMs: number | undefined;
  #subscribed: ReadonlySet<string> | undefined;
  /** Not kept: `changeCount` of the topics when their hash was last computed. A group that was loaded has computed none. */
  seenTopics = -1;
  /** Not kept: `changeCount` of the topics when regular expressions were last resolved. */
  seenTopicsForRegexes = -1;

  constructor(readonly id: string, topics: GroupTopics, nowMs: number) {
    this.#topics = topics;
    this.#emptySinceMs = nowMs;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Of the topics that the group is subscribed to, when its epoch last moved. */
  get metadataHash(): number {
    return this.#metadataHash;
  }

  /** The group epoch that the target assignment is of. */
  get assignmentEpoch(): number {
    return this.#assignmentEpoch;
  }

  /** When it was computed; 0: never. */
  get assignmentTimestampMs(): number {
    return this.#assignmentTimestampMs;
  }

  /** Whether a record of Apache Kafka 4.0 is there that is to be taken back. */
  get hasPartitionMetadata(): boolean {
    return this.#hasPartitionMetadata;
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members;
  }

  get regexes(): ReadonlyMap<string, ResolvedRegex> {
    return this.#regexes;
  }

  get targets(): ReadonlyMap<string, Partitions> {
    return this.#targets;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get memberCount(): number {
    return this.#members.size;
  }

  get emptySinceMs(): number | undefined {
    return this.#emptySinceMs;
  }

  get state(): GroupState {
    if (this.isEmpty) return "Empty";
    if (this.#epoch > this.#assignmentEpoch) return "Assigning";
    for (const member of this.#members.values()) {
      if (!isReconciledTo(member, this.#assignmentEpoch)) return "Reconciling";
    }
    return "Stable";
  }

  targetOf(memberId: string): Partitions {
    return this.#targets.get(memberId) ?? NO_PARTITIONS;
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#staticMembers.get(instanceId);
    return memberId === undefined ? undefined : this.#members.get(memberId);
  }

  ownerOf(topicId: Uuid, partition: number): string | undefined {
    return this.#owners.get(topicId)?.get(partition);
  }

  /** Names of topics, by name or by a regular expression. */
  get subscribedTopics(): ReadonlySet<string> {
    return this.#subscribed ??= namesOf(this.#members.values(), this.#regexes);
  }

  checkDelete(): number {
    return this.isEmpty ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
  }

  tombstones(): JournalRecord[] {
    const memberIds = [...new Set([...this.#members.keys(), ...this.#targets.keys()])];
    const facts: readonly GroupFact[] = [
      ...memberIds.map((memberId) => ({ kind: "current", memberId, value: null } as const)),
      ...memberIds.map((memberId) => ({ kind: "target", memberId, value: null } as const)),
      { kind: "targetEpoch", value: null },
      ...memberIds.map((memberId) => ({ kind: "member", memberId, value: null } as const)),
      ...[...this.#regexes.keys()].map((regex) => ({ kind: "regex", regex, value: null } as const)),
      { kind: "partitionMetadata", value: null },
      { kind: "group", value: null },
    ];
    return facts.map((fact) => recordOf(this.id, fact));
  }

  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics.has(topic);
  }

  /** A member whose epoch has moved on meanwhile may still commit for what it had before and has had since (KIP-1251). */
  checkCommit(
    { memberId, groupInstanceId, generationId, isTransactional, apiVersion }: Committer,
    _nowMs: number,
    targets: readonly CommitTarget[],
  ): number {
    // An admin client resets the offsets of a group without members.
    if (generationId < 0 && this.isEmpty) return ErrorCode.NONE;
    if (isTransactional && generationId === -1 && memberId === "" && groupInstanceId === null) {
      return ErrorCode.NONE;
    }
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (!isTransactional && member.metadata.classic === null && apiVersion < COMMIT_WITH_EPOCH_SINCE) {
      return ErrorCode.UNSUPPORTED_VERSION;
    }
    const { epoch, assigned, pendingRevocation } = member.current;
    if (generationId === epoch) return ErrorCode.NONE;
    if (generationId > epoch) return staleCode(member);
    for (const { name, topicId, partitions } of targets) {
      const id = topicId === ZERO_UUID ? this.#topics.topic(name)?.id ?? ZERO_UUID : topicId;
      for (const { partitionIndex } of partitions) {
        const since = assigned.get(id)?.get(partitionIndex) ?? pendingRevocation.get(id)?.get(partitionIndex);
        if (since === undefined || generationId < since) return staleCode(member);
      }
    }
    return ErrorCode.NONE;
  }

  checkFetch(memberId: string | null, memberEpoch: number): number {
    if (memberId === null && memberEpoch < 0) return ErrorCode.NONE;
    const member = memberId === null ? undefined : this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    return memberEpoch === member.current.epoch ? ErrorCode.NONE : staleCode(member);
  }

  /** Takes one fact in. `timestampMs`: when it was written. */
  apply(fact: GroupFact, timestampMs: number): void {
    switch (fact.kind) {
      case "group":
        this.#epoch = fact.value?.epoch ?? FIRST_EPOCH;
        this.#metadataHash = fact.value?.metadataHash ?? 0;
        break;
      case "partitionMetadata":
        this.#hasPartitionMetadata = fact.value !== null;
        break;
      case "targetEpoch":
        this.#assignmentEpoch = fact.value?.epoch ?? NO_EPOCH;
        this.#assignmentTimestampMs = fact.value?.timestampMs ?? 0;
        break;
      case "target":
        if (fact.value === null) this.#targets.delete(fact.memberId);
        else this.#targets.set(fact.memberId, fact.value);
        break;
      case "regex":
        if (fact.value === null) this.#regexes.delete(fact.regex);
        else this.#regexes.set(fact.regex, fact.value);
        this.#subscribed = undefined;
        break;
      case "member":
        if (fact.value === null) this.#remove(fact.memberId, timestampMs);
        else this.#put({ ...this.#memberOrNew(fact.memberId), metadata: fact.value });
        break;
      case "current":
        if (fact.value !== null) this.#put({ ...this.#memberOrNew(fact.memberId), current: fact.value });
        else if (this.#members.has(fact.memberId)) {
          this.#put({ ...this.#memberOrNew(fact.memberId), current: NO_ASSIGNMENT });
        }
        break;
    }
  }

  #memberOrNew(id: string): ConsumerMember {
    return this.#members.get(id) ?? { id, metadata: NEW_METADATA, current: NO_ASSIGNMENT };
  }

  #put(member: ConsumerMember): void {
    const before = this.#members.get(member.id);
    this.#members.set(member.id, member);
    this.#emptySinceMs = undefined;
    if (before?.current !== member.current) {
      if (before !== undefined) this.#disown(before.id, before.current);
      this.#own(member.id, member.current.assigned);
      this.#own(member.id, member.current.pendingRevocation);
    }
    if (before?.metadata === member.metadata) return;
    this.#subscribed = undefined;
    const { instanceId } = member.metadata;
    if (instanceId !== null) this.#staticMembers.set(instanceId, member.id);
  }

  #remove(memberId: string, timestampMs: number): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#disown(memberId, member.current);
    this.#members.delete(memberId);
    const { instanceId } = member.metadata;
    if (instanceId !== null && this.#staticMembers.get(instanceId) === memberId) {
      this.#staticMembers.delete(instanceId);
    }
    this.#subscribed = undefined;
    if (this.isEmpty) this.#emptySinceMs = timestampMs;
  }

  #own(memberId: string, held: HeldPartitions): void {
    for (const [topicId, epochs] of held) {
      let owners = this.#owners.get(topicId);
      if (owners === undefined) this.#owners.set(topicId, owners = new Map());
      for (const partition of epochs.keys()) owners.set(partition, memberId);
    }
  }

  #disown(memberId: string, { assigned, pendingRevocation }: CurrentAssignment): void {
    for (const held of [assigned, pendingRevocation]) {
      for (const [topicId, epochs] of held) {
        const owners = this.#owners.get(topicId);
        if (owners === undefined) continue;
        for (const partition of epochs.keys()) {
          if (owners.get(partition) === memberId) owners.delete(partition);
        }
        if (owners.size === 0) this.#owners.delete(topicId);
      }
    }
  }
}

/** All topics that any of `members` is subscribed to. */
export function namesOf(
  members: Iterable<ConsumerMember>,
  regexes: ReadonlyMap<string, ResolvedRegex>,
): Set<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  for (const { metadata } of members) {
    for (const name of metadata.subscribedTopicNames) names.add(name);
    const regex = regexOf(metadata);
    if (regex === undefined || seen.has(regex)) continue;
    seen.add(regex);
    for (const name of regexes.get(regex)?.topics ?? []) names.add(name);
  }
  return names;
}

/** A member whose epoch is another is told so in the words of its protocol. */
function staleCode({ metadata }: ConsumerMember): number {
  return metadata.classic === null ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION;
}
