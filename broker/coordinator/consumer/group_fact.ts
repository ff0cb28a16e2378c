/**
 * What is known of a consumer group, fact by fact, and each as the record that it is kept as. A group is what its facts add up
 * to; `value` null takes one back.
 * @module
 */
import {
  CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT,
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from "../../../protocol/coordinator/consumer_group_current_member_assignment.ts";
import {
  CONSUMER_GROUP_MEMBER_METADATA,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
} from "../../../protocol/coordinator/consumer_group_member_metadata.ts";
import {
  CONSUMER_GROUP_METADATA,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
} from "../../../protocol/coordinator/consumer_group_metadata.ts";
import {
  CONSUMER_GROUP_PARTITION_METADATA,
  ConsumerGroupPartitionMetadataKey,
} from "../../../protocol/coordinator/consumer_group_partition_metadata.ts";
import {
  CONSUMER_GROUP_REGULAR_EXPRESSION,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from "../../../protocol/coordinator/consumer_group_regular_expression.ts";
import {
  CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from "../../../protocol/coordinator/consumer_group_target_assignment_member.ts";
import {
  CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from "../../../protocol/coordinator/consumer_group_target_assignment_metadata.ts";
import type { MessageCodec } from "../../../protocol/codec.ts";
import { decodeVersioned, encodeVersioned, versionOf } from "../../../protocol/versioned.ts";
import type { JournalRecord } from "../journal.ts";
import {
  type CurrentAssignment,
  type MemberMetadata,
  nameList,
  type ReconciliationState,
} from "./consumer_member.ts";
import {
  type HeldPartitions,
  listOf,
  type Partitions,
  partitionsOf,
  type TopicPartitions,
} from "./partitions.ts";

/** What a regular expression was found to match. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>;
  /** Of the topics, when they were looked through. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

export interface GroupEpoch {
  readonly epoch: number;
  /** Of the topics that the group is subscribed to. */
  readonly metadataHash: number;
}

export interface TargetEpoch {
  readonly epoch: number;
  /** When it was computed; milliseconds since 1970. */
  readonly timestampMs: number;
}

export type GroupFact =
  | { readonly kind: "group"; readonly value: GroupEpoch | null }
  /** Only ever taken back: see the record's table. */
  | { readonly kind: "partitionMetadata"; readonly value: null | undefined }
  | { readonly kind: "member"; readonly memberId: string; readonly value: MemberMetadata | null }
  | { readonly kind: "targetEpoch"; readonly value: TargetEpoch | null }
  | { readonly kind: "target"; readonly memberId: string; readonly value: Partitions | null }
  | { readonly kind: "current"; readonly memberId: string; readonly value: CurrentAssignment | null }
  | { readonly kind: "regex"; readonly regex: string; readonly value: ResolvedRegex | null };

/** Kinds of records, by the version of their key. */
export const consumerRecordKinds: ReadonlySet<number> = new Set([
  CONSUMER_GROUP_METADATA,
  CONSUMER_GROUP_PARTITION_METADATA,
  CONSUMER_GROUP_MEMBER_METADATA,
  CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA,
  CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER,
  CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT,
  CONSUMER_GROUP_REGULAR_EXPRESSION,
]);

const VALUE_VERSION = 0;
const states: readonly ReconciliationState[] = ["stable", "unrevoked", "unreleased"];
const UNKNOWN_STATE = 127;

export function recordOf(groupId: string, fact: GroupFact): JournalRecord {
  switch (fact.kind) {
    case "group":
      return record(
        key(ConsumerGroupMetadataKey, { groupId }),
        ConsumerGroupMetadataValue,
        fact.value,
      );
    case "partitionMetadata":
      return { key: key(ConsumerGroupPartitionMetadataKey, { groupId }), value: null };
    case "member":
      return record(
        key(ConsumerGroupMemberMetadataKey, { groupId, memberId: fact.memberId }),
        ConsumerGroupMemberMetadataValue,
        fact.value && memberValue(fact.value),
      );
    case "targetEpoch":
      return record(
        key(ConsumerGroupTargetAssignmentMetadataKey, { groupId }),
        ConsumerGroupTargetAssignmentMetadataValue,
        fact.value && { assignmentEpoch: fact.value.epoch, assignmentTimestamp: fact.value.timestampMs },
      );
    case "target":
      return record(
        key(ConsumerGroupTargetAssignmentMemberKey, { groupId, memberId: fact.memberId }),
        ConsumerGroupTargetAssignmentMemberValue,
        fact.value && { topicPartitions: listOf(fact.value) },
      );
    case "current":
      return record(
        key(ConsumerGroupCurrentMemberAssignmentKey, { groupId, memberId: fact.memberId }),
        ConsumerGroupCurrentMemberAssignmentValue,
        fact.value && currentValue(fact.value),
      );
    case "regex":
      return record(
        key(ConsumerGroupRegularExpressionKey, { groupId, regularExpression: fact.regex }),
        ConsumerGroupRegularExpressionValue,
        fact.value && {
          topics: [...fact.value.topics],
          version: fact.value.version,
          timestamp: fact.value.timestampMs,
        },
      );
  }
}

/** Of which group, and what; undefined if the record can't be read. What it gives refers to none of the bytes. */
export function factOf({ key, value }: JournalRecord): { groupId: string; fact: GroupFact } | undefined {
  switch (versionOf(key)) {
    case CONSUMER_GROUP_METADATA: {
      const of = decodeVersioned(ConsumerGroupMetadataKey, key)?.value;
      const told = readValue(value, ConsumerGroupMetadataValue);
      if (!of || told === undefined) return undefined;
      return { groupId: of.groupId, fact: { kind: "group", value: told } };
    }
    case CONSUMER_GROUP_PARTITION_METADATA: {
      const of = decodeVersioned(ConsumerGroupPartitionMetadataKey, key)?.value;
      if (!of) return undefined;
      return {
        groupId: of.groupId,
        fact: { kind: "partitionMetadata", value: value === null ? null : undefined },
      };
    }
    case CONSUMER_GROUP_MEMBER_METADATA: {
      const of = decodeVersioned(ConsumerGroupMemberMetadataKey, key)?.value;
      const told = readValue(value, ConsumerGroupMemberMetadataValue);
      if (!of || told === undefined) return undefined;
      const { groupId, memberId } = of;
      return { groupId, fact: { kind: "member", memberId, value: told && memberOf(told) } };
    }
    case CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA: {
      const of = decodeVersioned(ConsumerGroupTargetAssignmentMetadataKey, key)?.value;
      const told = readValue(value, ConsumerGroupTargetAssignmentMetadataValue);
      if (!of || told === undefined) return undefined;
      const target = told && { epoch: told.assignmentEpoch, timestampMs: told.assignmentTimestamp };
      return { groupId: of.groupId, fact: { kind: "targetEpoch", value: target } };
    }
    case CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER: {
      const of = decodeVersioned(ConsumerGroupTargetAssignmentMemberKey, key)?.value;
      const told = readValue(value, ConsumerGroupTargetAssignmentMemberValue);
      if (!of || told === undefined) return undefined;
      const { groupId, memberId } = of;
      return {
        groupId,
        fact: { kind: "target", memberId, value: told && partitionsOf(told.topicPartitions) },
      };
    }
    case CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT: {
      const of = decodeVersioned(ConsumerGroupCurrentMemberAssignmentKey, key)?.value;
      const told = readValue(value, ConsumerGroupCurrentMemberAssignmentValue);
      if (!of || told === undefined) return undefined;
      const { groupId, memberId } = of;
      return { groupId, fact: { kind: "current", memberId, value: told && currentOf(told) } };
    }
    case CONSUMER_GROUP_REGULAR_EXPRESSION: {
      const of = decodeVersioned(ConsumerGroupRegularExpressionKey, key)?.value;
      const told = readValue(value, ConsumerGroupRegularExpressionValue);
      if (!of || told === undefined) return undefined;
      const resolved = told && {
        topics: new Set(told.topics),
        version: told.version,
        timestampMs: told.timestamp,
      };
      return { groupId: of.groupId, fact: { kind: "regex", regex: of.regularExpression, value: resolved } };
    }
    default:
      return undefined;
  }
}

/** A key's version is the kind of its record. */
function key<T, Input>(codec: MessageCodec<T, Input>, value: Input): Uint8Array {
  return encodeVersioned(codec, codec.versions.min, value);
}

function record<T, Input>(
  key: Uint8Array,
  codec: MessageCodec<T, Input>,
  value: Input | null,
): JournalRecord {
  return { key, value: value === null ? null : encodeVersioned(codec, VALUE_VERSION, value) };
}

/** null: it is taken back. undefined: it can't be read. */
function readValue<T, Input>(value: Uint8Array | null, codec: MessageCodec<T, Input>): T | null | undefined {
  return value === null ? null : decodeVersioned(codec, value)?.value;
}

function memberValue({ classic, ...metadata }: MemberMetadata) {
  return {
    ...metadata,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.protocols,
    },
  };
}

function memberOf(
  { classicMemberMetadata: classic, ...value }: ConsumerGroupMemberMetadataValue,
): MemberMetadata {
  return {
    ...value,
    subscribedTopicNames: nameList(value.subscribedTopicNames),
    classic: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      protocols: classic.supportedProtocols.map(({ name, metadata }) => ({
        name,
        metadata: metadata.slice(),
      })),
    },
  };
}

function currentValue(current: CurrentAssignment) {
  return {
    memberEpoch: current.epoch,
    previousMemberEpoch: current.previousEpoch,
    state: current.state === "unknown" ? UNKNOWN_STATE : states.indexOf(current.state),
    assignedPartitions: heldList(current.assigned),
    partitionsPendingRevocation: heldList(current.pendingRevocation),
  };
}

function currentOf(value: ConsumerGroupCurrentMemberAssignmentValue): CurrentAssignment {
  return {
    epoch: value.memberEpoch,
    previousEpoch: value.previousMemberEpoch,
    state: states[value.state] ?? "unknown",
    assigned: heldOf(value.assignedPartitions, value.memberEpoch),
    pendingRevocation: heldOf(value.partitionsPendingRevocation, value.memberEpoch),
  };
}

function heldList(held: HeldPartitions) {
  return listOf(held).map(({ topicId, partitions }) => ({
    topicId,
    partitions,
    assignmentEpochs: partitions.map((partition) => held.get(topicId)!.get(partition)!),
  }));
}

function heldOf(
  list: readonly (TopicPartitions & { readonly assignmentEpochs: readonly number[] | null })[],
  memberEpoch: number,
): HeldPartitions {
  const since = Math.max(memberEpoch, 0);
  return new Map(
    list.filter(({ partitions }) => partitions.length > 0).map(
      ({ topicId, partitions, assignmentEpochs }) => {
        const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : undefined;
        return [
          topicId,
          new Map(partitions.map((partition, index) => [partition, epochs?.[index] ?? since])),
        ];
      },
    ),
  );
}
