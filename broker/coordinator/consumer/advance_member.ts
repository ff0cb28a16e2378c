/**
 * A member has said something, or nothing new: what follows for its group, for the target assignment, and for the member itself.
 * The heart of the protocol, for members of either protocol. Pure: facts come out, and nothing changes until they are applied.
 *
 * In this order: the member's metadata; regular expressions, if they are to be resolved (again); the group epoch, which moves if the
 * subscription did or the topics did; the target assignment of that epoch, at most once in an interval; the member's next step
 * towards it.
 * Source: Kafka's GroupMetadataManager.consumerGroupHeartbeat.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Uuid } from "../../../protocol/uuid.ts";
import type { ConsumerGroupConfig } from "../../config.ts";
import type { AssignorMember } from "./assignor.ts";
import { assignors } from "./assignors.ts";
import { type ConsumerGroup, namesOf } from "./consumer_group.ts";
import {
  type ConsumerMember,
  type MemberMetadata,
  regexOf,
  sameCurrent,
  sameMetadata,
  sameNames,
} from "./consumer_member.ts";
import type { GroupFact, ResolvedRegex } from "./group_fact.ts";
import { GroupError } from "./group_error.ts";
import { type GroupTopics, hashOfTopics } from "./group_topics.ts";
import { NO_PARTITIONS, type Partitions, sameHeld, samePartitions } from "./partitions.ts";
import { reconcile } from "./reconcile.ts";
import { TopicRegex } from "./topic_regex.ts";
import { RegexSyntaxError } from "./topic_regex_parser.ts";

/** Regular expressions are looked at again this long after the last time at the earliest. As in Kafka. */
const REGEX_REFRESH_MIN_MS = 10_000;
/** … and at the latest: group.consumer.regex.refresh.interval.ms, an internal setting of Kafka's. */
const REGEX_REFRESH_MAX_MS = 600_000;

/** What a group's events are judged by. */
export interface GroupEnvironment {
  readonly topics: GroupTopics;
  readonly config: ConsumerGroupConfig;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export interface AdvanceOptions {
  /** As it was; one that joins has nothing. */
  readonly before: ConsumerMember;
  readonly isNew: boolean;
  /** The static member whose place it takes: it is gone afterwards. */
  readonly replaced: ConsumerMember | undefined;
  readonly metadata: MemberMetadata;
  /** What it says that it holds; null: it does not say. */
  readonly owned: Partitions | null;
}

export interface Advanced {
  readonly facts: readonly GroupFact[];
  readonly member: ConsumerMember;
  readonly hasNewAssignment: boolean;
  /** For the group, when the facts are applied: which topics it has seen. */
  readonly seenTopics: number;
  readonly seenTopicsForRegexes: number;
}

export function advanceMember(
  group: ConsumerGroup,
  { topics, config, nowMs }: GroupEnvironment,
  { before, isNew, replaced, metadata, owned }: AdvanceOptions,
): Advanced {
  const facts: GroupFact[] = [];
  const id = before.id;
  if (replaced !== undefined) {
    facts.push(
      { kind: "current", memberId: replaced.id, value: null },
      { kind: "target", memberId: replaced.id, value: null },
      { kind: "member", memberId: replaced.id, value: null },
      { kind: "member", memberId: id, value: metadata },
      { kind: "target", memberId: id, value: group.targetOf(replaced.id) },
      { kind: "current", memberId: id, value: before.current },
    );
  } else if (isNew || !sameMetadata(before.metadata, metadata)) {
    facts.push({ kind: "member", memberId: id, value: metadata });
  }
  // Most heartbeats bring nothing new: then nobody looks at the others.
  let listed: readonly ConsumerMember[] | undefined;
  const members = () => listed ??= membersWith(group, { ...before, metadata }, replaced);

  const hasNewNames = !sameNames(before.metadata.subscribedTopicNames, metadata.subscribedTopicNames);
  const hasNewRegex = regexOf(before.metadata) !== regexOf(metadata);
  const resolution = resolveRegexes(group, members, { topics, nowMs, hasNewRegex });
  facts.push(...resolution.facts);
  const regexes = resolution.regexes;

  let { epoch } = group;
  const hasNewSubscription = hasNewNames || hasNewRegex || resolution.hasNewTopics;
  if (hasNewSubscription || group.seenTopics !== topics.changeCount) {
    const metadataHash = hashOfTopics(namesOf(members(), regexes), topics);
    if (hasNewSubscription || metadataHash !== group.metadataHash) {
      epoch++;
      facts.push({ kind: "group", value: { epoch, metadataHash } });
    }
    if (group.hasPartitionMetadata) facts.push({ kind: "partitionMetadata", value: null });
  }

  let targetEpoch = group.assignmentEpoch;
  let target = group.targetOf(replaced?.id ?? id);
  const isIntervalOver = group.assignmentTimestampMs === 0 ||
    nowMs >= group.assignmentTimestampMs + config.assignmentIntervalMs;
  if (epoch > group.assignmentEpoch && isIntervalOver) {
    const assignment = assign(group, members(), regexes, { topics, config, replaced });
    for (const { id: memberId } of members()) {
      const partitions = assignment.get(memberId) ?? NO_PARTITIONS;
      const known = group.targets.get(memberId);
      if (known === undefined || !samePartitions(known, partitions)) {
        facts.push({ kind: "target", memberId, value: partitions });
      }
    }
    targetEpoch = epoch;
    target = assignment.get(id) ?? NO_PARTITIONS;
    facts.push({ kind: "targetEpoch", value: { epoch, timestampMs: nowMs } });
  }

  const current = reconcile({
    current: before.current,
    targetEpoch,
    target,
    subscribed: new Set(topicIdsOf(metadata, regexes, topics)),
    hasSubscriptionChanged: hasNewNames || hasNewRegex,
    owned,
    isOwned: (topicId, partition) => group.ownerOf(topicId, partition) !== undefined,
  });
  if (isNew || !sameCurrent(current, before.current)) {
    facts.push({ kind: "current", memberId: id, value: current });
  }
  return {
    facts,
    member: { id, metadata, current },
    hasNewAssignment: !sameHeld(current.assigned, before.current.assigned),
    seenTopics: topics.changeCount,
    seenTopicsForRegexes: resolution.isRefresh ? topics.changeCount : group.seenTopicsForRegexes,
  };
}

/** Without the members `gone`: facts by which they leave, and the group epoch moves. */
export function removeMembers(
  group: ConsumerGroup,
  { topics }: Pick<GroupEnvironment, "topics">,
  gone: readonly ConsumerMember[],
): GroupFact[] {
  const facts: GroupFact[] = gone.flatMap(({ id: memberId }): GroupFact[] => [
    { kind: "current", memberId, value: null },
    { kind: "target", memberId, value: null },
    { kind: "member", memberId, value: null },
  ]);
  const ids = new Set(gone.map(({ id }) => id));
  const left = [...group.members.values()].filter(({ id }) => !ids.has(id));
  const regexes = new Map(group.regexes);
  const wanted = new Set(left.map(({ metadata }) => regexOf(metadata)));
  for (const regex of group.regexes.keys()) {
    if (wanted.has(regex)) continue;
    regexes.delete(regex);
    facts.push({ kind: "regex", regex, value: null });
  }
  const metadataHash = hashOfTopics(namesOf(left, regexes), topics);
  facts.push({ kind: "group", value: { epoch: group.epoch + 1, metadataHash } });
  return facts;
}

/** The assignor that most members name; the first of the configured ones where none is named. */
export function preferredAssignor(members: Iterable<ConsumerMember>, configured: readonly string[]): string {
  const votes = new Map(configured.map((name) => [name, 0]));
  for (const { metadata: { serverAssignor } } of members) {
    const count = serverAssignor === null ? undefined : votes.get(serverAssignor);
    if (count !== undefined) votes.set(serverAssignor!, count + 1);
  }
  return [...votes].reduce((best, each) => each[1] > best[1] ? each : best)[0];
}

function membersWith(
  group: ConsumerGroup,
  member: ConsumerMember,
  replaced: ConsumerMember | undefined,
): readonly ConsumerMember[] {
  const members = new Map(group.members);
  if (replaced !== undefined) members.delete(replaced.id);
  return [...members.set(member.id, member).values()];
}

interface Resolution {
  readonly facts: readonly GroupFact[];
  readonly regexes: ReadonlyMap<string, ResolvedRegex>;
  /** One of them matches other topics than before. */
  readonly hasNewTopics: boolean;
  /** All have been looked at. */
  readonly isRefresh: boolean;
}

interface ResolveOptions extends Pick<GroupEnvironment, "topics" | "nowMs"> {
  readonly hasNewRegex: boolean;
}

/**
 * A new expression is resolved at once. All of them are when topics have changed since, but not sooner than 10 s after the last time,
 * and after 10 minutes at any rate. What nobody subscribes to any longer goes.
 */
function resolveRegexes(
  group: ConsumerGroup,
  members: () => readonly ConsumerMember[],
  { topics, nowMs, hasNewRegex }: ResolveOptions,
): Resolution {
  const none = { facts: [], regexes: group.regexes, hasNewTopics: false, isRefresh: false };
  const hasLooked = group.seenTopicsForRegexes >= 0;
  if (!hasNewRegex && group.regexes.size === 0 && hasLooked) return none;
  let lastMs = -Infinity;
  for (const { timestampMs } of group.regexes.values()) lastMs = Math.max(lastMs, timestampMs);
  const isRefresh = nowMs > lastMs + REGEX_REFRESH_MIN_MS &&
    (topics.changeCount !== group.seenTopicsForRegexes || nowMs > lastMs + REGEX_REFRESH_MAX_MS);
  if (!hasNewRegex && !isRefresh) return none;

  const facts: GroupFact[] = [];
  const regexes = new Map<string, ResolvedRegex>();
  let hasNewTopics = false;
  const wanted = new Set(
    members().map(({ metadata }) => regexOf(metadata)).filter((regex) => regex !== undefined),
  );
  for (const regex of wanted) {
    const known = group.regexes.get(regex);
    if (known !== undefined && !isRefresh) {
      regexes.set(regex, known);
      continue;
    }
    const resolved = {
      topics: matchingTopics(regex, topics),
      version: topics.changeCount,
      timestampMs: nowMs,
    };
    const isSame = resolved.topics.size === (known?.topics.size ?? 0) &&
      resolved.topics.isSubsetOf(known?.topics ?? new Set());
    if (!isSame) hasNewTopics = true;
    regexes.set(regex, resolved);
    facts.push({ kind: "regex", regex, value: resolved });
  }
  for (const regex of group.regexes.keys()) {
    if (!wanted.has(regex)) facts.push({ kind: "regex", regex, value: null });
  }
  return { facts, regexes, hasNewTopics, isRefresh };
}

function matchingTopics(pattern: string, topics: GroupTopics): ReadonlySet<string> {
  const regex = compile(pattern);
  const matching = new Set<string>();
  for (const { name } of topics.topics()) if (regex.matches(name)) matching.add(name);
  return matching;
}

function compile(pattern: string): TopicRegex {
  try {
    return new TopicRegex(pattern);
  } catch (error) {
    if (!(error instanceof RegexSyntaxError)) throw error;
    throw new GroupError(
      ErrorCode.INVALID_REGULAR_EXPRESSION,
      `the subscribed regular expression "${pattern}" can't be read: ${error.message}`,
    );
  }
}

interface AssignOptions extends Pick<GroupEnvironment, "topics" | "config"> {
  readonly replaced: ConsumerMember | undefined;
}

function assign(
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  regexes: ReadonlyMap<string, ResolvedRegex>,
  { topics, config, replaced }: AssignOptions,
): ReadonlyMap<string, Partitions> {
  const lists = new Map<string, readonly Uuid[]>();
  const partitionCounts = new Map<Uuid, number>();
  const input = members.map(({ id, metadata }): AssignorMember => {
    const found = topicIdsOf(metadata, regexes, topics);
    const key = found.join();
    let topicIds = lists.get(key);
    if (topicIds === undefined) {
      lists.set(key, topicIds = found);
      for (const topicId of found) partitionCounts.set(topicId, topics.topicById(topicId)!.partitions.length);
    }
    const isSuccessor = replaced !== undefined && replaced.metadata.instanceId === metadata.instanceId;
    return {
      id,
      instanceId: metadata.instanceId,
      topicIds,
      previous: group.targetOf(isSuccessor ? replaced.id : id),
    };
  });
  const assignor = assignors.get(preferredAssignor(members, config.assignors))!;
  return assignor({ members: input, partitionCounts });
}

/** Of the topics that a member is subscribed to and that exist, in the order of their names. */
function topicIdsOf(
  metadata: MemberMetadata,
  regexes: ReadonlyMap<string, ResolvedRegex>,
  topics: GroupTopics,
): Uuid[] {
  const regex = regexOf(metadata);
  const matched = regex === undefined ? undefined : regexes.get(regex)?.topics;
  const names = matched === undefined
    ? metadata.subscribedTopicNames
    : [...new Set([...metadata.subscribedTopicNames, ...matched])].sort();
  return names.map((name) => topics.topic(name)?.id).filter((id) => id !== undefined);
}
