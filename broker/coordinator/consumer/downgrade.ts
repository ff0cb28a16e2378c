/**
 * A consumer group whose last member of the new protocol goes, as the classic group that the others are then. Pure.
 * Source: Kafka's ClassicGroup.fromConsumerGroup, and KIP-848 on migration.
 * @module
 */
import { CONSUMER_PROTOCOL_TYPE, ConsumerProtocolAssignment } from "../../../protocol/consumer_protocol.ts";
import { encodeVersioned, versionOf } from "../../../protocol/versioned.ts";
import type { GroupConfig } from "../../config.ts";
import { ClassicGroup } from "../classic/classic_group.ts";
import { ClassicMember } from "../classic/classic_member.ts";
import type { ConsumerGroup } from "./consumer_group.ts";
import type { ClassicMetadata, ConsumerMember } from "./consumer_member.ts";
import type { GroupTopics } from "./group_topics.ts";
import { type HeldPartitions, listOf, type Partitions, partitionsOf } from "./partitions.ts";

export interface DowngradeOptions {
  readonly config: GroupConfig;
  readonly topics: GroupTopics;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** The classic group of those who are left when `gone` are; undefined if the group is not to become one. */
export function downgraded(
  group: ConsumerGroup,
  gone: readonly ConsumerMember[],
  { config, topics, nowMs }: DowngradeOptions,
): ClassicGroup | undefined {
  const { migrationPolicy } = config.consumer;
  if (migrationPolicy !== "bidirectional" && migrationPolicy !== "downgrade") return undefined;
  const left = [...group.members.values()].filter(({ id }) => !gone.some((member) => member.id === id));
  if (left.length === 0 || left.length > config.maxSize) return undefined;
  const metadata: ClassicMetadata[] = [];
  for (const { metadata: { classic } } of left) {
    if (classic === null) return undefined;
    metadata.push(classic);
  }
  const protocolName = commonProtocol(metadata);
  if (protocolName === undefined) return undefined;
  return new ClassicGroup({
    id: group.id,
    limits: config,
    stateSinceMs: nowMs,
    generationId: group.epoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName,
    leaderId: left[0]!.id,
    members: left.map(({ id, metadata, current }) =>
      new ClassicMember({
        id,
        instanceId: metadata.instanceId,
        clientId: metadata.clientId,
        clientHost: metadata.clientHost,
        sessionTimeoutMs: metadata.classic!.sessionTimeoutMs,
        rebalanceTimeoutMs: metadata.rebalanceTimeoutMs,
        protocols: metadata.classic!.protocols,
        // Not what it was to have, as in Kafka, but what it has: if a member of the new protocol comes before it has joined again,
        // nobody else may get that.
        assignment: assignmentBytes(heldBy(current), metadata.classic!, topics),
      })
    ),
  });
}

/** An assignment as members of the classic protocol read it, in the version in which the member speaks. */
export function assignmentBytes(
  partitions: Partitions | HeldPartitions,
  { protocols }: ClassicMetadata,
  topics: GroupTopics,
): Uint8Array {
  const told = protocols[0] === undefined ? undefined : versionOf(protocols[0].metadata);
  const { min, max } = ConsumerProtocolAssignment.versions;
  return encodeVersioned(ConsumerProtocolAssignment, Math.min(Math.max(told ?? min, min), max), {
    assignedPartitions: listOf(partitions).flatMap(({ topicId, partitions }) => {
      const topic = topics.topicById(topicId)?.name;
      return topic === undefined ? [] : [{ topic, partitions }];
    }),
  });
}

/** What it has, and what it has yet to give up. */
function heldBy({ assigned, pendingRevocation }: ConsumerMember["current"]): Partitions {
  return partitionsOf([...listOf(assigned), ...listOf(pendingRevocation)]);
}

/** The first one's first that all support. */
function commonProtocol(metadata: readonly ClassicMetadata[]): string | undefined {
  return metadata[0]!.protocols.find(({ name }) =>
    metadata.every(({ protocols }) => protocols.some((protocol) => protocol.name === name))
  )?.name;
}
