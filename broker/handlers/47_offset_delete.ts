/**
 * OffsetDelete: forgets how far a group has come in partitions (KIP-496).
 *
 * - Of a topic that a member is subscribed to nothing is deleted: GROUP_SUBSCRIBED_TO_TOPIC.
 * - A group whose members are no consumers must be empty (NON_EMPTY_GROUP): nobody here knows what they are subscribed to.
 * - A partition that is not there is UNKNOWN_TOPIC_OR_PARTITION; where nothing is committed there is no error.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { OffsetPlace } from "../coordinator/offsets/committed_offset.ts";
import type { ApiHandler } from "./api_handler.ts";

export const offsetDeleteHandler: ApiHandler = {
  api: api.OffsetDelete,
  versions: { from: 0, to: 0 },

  handle(broker, request) {
    const { groupId, topics: asked } = request.decode(api.OffsetDelete.request);
    const { offsets } = broker.groups;
    const refuse = (errorCode: number) =>
      request.answer(api.OffsetDelete.response, { errorCode, throttleTimeMs: 0, topics: [] });
    const refusal = groupId === "" ? ErrorCode.INVALID_GROUP_ID : offsets.checkDelete(groupId);
    if (refusal !== ErrorCode.NONE) return refuse(refusal);
    const group = broker.groups.group(groupId)!;
    const places: OffsetPlace[] = [];
    const topics = asked.map(({ name, partitions }) => {
      const known = broker.topics.topic(name)?.partitions;
      const isSubscribed = group.isSubscribedTo(name);
      return {
        name,
        partitions: partitions.map(({ partitionIndex }) => {
          if (known?.[partitionIndex] === undefined) {
            return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
          }
          if (isSubscribed) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
          places.push({ group: groupId, topic: name, partition: partitionIndex });
          return { partitionIndex, errorCode: ErrorCode.NONE };
        }),
      };
    });
    offsets.delete(groupId, places, (errorCode) => {
      if (errorCode !== ErrorCode.NONE) refuse(errorCode);
      else request.answer(api.OffsetDelete.response, { errorCode, throttleTimeMs: 0, topics });
    });
  },
};
