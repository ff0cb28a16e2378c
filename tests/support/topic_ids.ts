/**
 * What a client does that was given a topic's name where the version has ids only: it puts in the id that it knows.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { type Uuid, ZERO_UUID } from "../../protocol/uuid.ts";

const IDS_FROM_VERSION = 13;
/** By API, its lists of topics and what names one there. */
const NAMED: ReadonlyMap<number, Readonly<Record<string, string>>> = new Map([
  [api.Produce.key, { topicData: "name" }],
  [api.Fetch.key, { topics: "topic", forgottenTopicsData: "topic" }],
]);

type Topic = Readonly<Record<string, unknown>>;

/** `body` with ids beside names, where it has names alone. */
export function withTopicIds<Input>(
  apiKey: number,
  version: number,
  body: Input,
  idOf: (name: string) => Uuid | undefined,
): Input {
  if (version < IDS_FROM_VERSION) return body;
  const changed: Record<string, unknown> = {};
  for (const [list, name] of Object.entries(NAMED.get(apiKey) ?? {})) {
    const topics = (body as Record<string, readonly Topic[] | undefined>)[list];
    if (topics === undefined) continue;
    changed[list] = topics.map((topic) => ({
      topicId: idOf(String(topic[name])) ?? ZERO_UUID,
      ...topic,
    }));
  }
  return { ...body, ...changed };
}
