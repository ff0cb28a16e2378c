/**
 * What CreateTopics and CreatePartitions answer when they can't do as they are asked.
 * @module
 */
/** Why a topic can't be made or changed. `code` is one of Kafka's error codes. */
export class TopicRefusal extends Error {
  override readonly name = "TopicRefusal";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}
