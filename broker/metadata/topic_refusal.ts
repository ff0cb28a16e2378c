/** Why a topic can't be made or changed. `code` is one of Kafka's error codes. */
export class TopicRefusal extends Error {
  override readonly name = "TopicRefusal";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}
