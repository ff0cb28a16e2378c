/**
 * `partition.metadata` in each partition's directory: the id of the topic it belongs to, so that a topic deleted and
 * made again under the same name is not taken for the old one. Kafka's text format.
 * @module
 */
import { isUuid } from "../protocol/uuid.ts";

export function formatPartitionMetadata(topicId: string): string {
  return `version: 0\ntopic_id: ${topicId}`;
}

/** The topic id; undefined if the text is something else. */
export function parsePartitionMetadata(text: string): string | undefined {
  const match = /^version: 0\r?\ntopic_id: (\S+)\s*$/.exec(text);
  return match && isUuid(match[1]!) ? match[1] : undefined;
}
