/**
 * DescribeGroups: state and members of classic groups.
 *
 * - What members said and are assigned is bytes of theirs; what they said is told of a stable group alone, as Kafka does.
 * - A group that is not there, or of the new protocol (ConsumerGroupDescribe has those), is told as Dead; in version 6+ with
 *   GROUP_ID_NOT_FOUND and a sentence (KIP-1043).
 * - Authorized operations are not computed: the field says "not asked for".
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ClassicMember } from "../coordinator/classic/classic_member.ts";
import { ClassicGroup } from "../coordinator/classic/classic_group.ts";
import type { Group } from "../coordinator/group.ts";
import { apiHandler } from "./api_handler.ts";

const TELLS_NOT_FOUND_FROM_VERSION = 6;
const NOTHING = new Uint8Array(0);

export const describeGroupsHandler = apiHandler(
  api.DescribeGroups,
  { from: 0, to: 6 },
  (broker, { groups }, { version }) => ({
    throttleTimeMs: 0,
    groups: groups.map((id) => {
      const group = broker.groups.group(id);
      return group instanceof ClassicGroup ? described(group) : missing(id, group, version);
    }),
  }),
);

function described(group: ClassicGroup) {
  const isStable = group.state === "Stable";
  const protocolName = isStable ? group.protocolName : null;
  return {
    errorCode: ErrorCode.NONE as number,
    errorMessage: null as string | null,
    groupId: group.id,
    groupState: group.state as string,
    protocolType: group.protocolType,
    protocolData: protocolName ?? "",
    members: Array.from(group.members, (member) => describedMember(member, protocolName)),
  };
}

function describedMember(member: ClassicMember, protocolName: string | null) {
  return {
    memberId: member.id,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: member.metadata(protocolName) ?? NOTHING,
    memberAssignment: member.assignment,
  };
}

function missing(groupId: string, group: Group | undefined, version: number): ReturnType<typeof described> {
  const isTold = version >= TELLS_NOT_FOUND_FROM_VERSION;
  const message = group === undefined
    ? `Group ${groupId} not found.`
    : `Group ${groupId} is not a classic group.`;
  return {
    errorCode: isTold ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
    errorMessage: isTold ? message : null,
    groupId,
    groupState: "Dead",
    protocolType: "",
    protocolData: "",
    members: [],
  };
}
