/**
 * A consumer of many partitions over one connection: by a fetch session (KIP-227), as Kafka's own consumer fetches, or by
 * requests that name every partition, as clients without sessions do.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import type { FetchResponse } from "../../protocol/messages/01_fetch.ts";
import type { Place } from "../peers/produce.ts";

const LATEST = -1;
const PARTITION_MAX_BYTES = 1 << 20;
const MAX_BYTES = 50 << 20;
const FINAL_EPOCH = -1;

interface Cursor {
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
}

export class SessionReader {
  /** Reads `places` from their ends on. */
  static async open(connection: Connection, places: readonly Place[]): Promise<SessionReader> {
    const names = [...new Set(places.map(({ topic }) => topic))];
    const { topics } = await connection.request(api.Metadata, {
      topics: names.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    });
    const ids = new Map(topics.map(({ name, topicId }) => [name, topicId]));
    const ends = await endsOf(connection, places);
    const cursors = places.map(({ topic, partition }, index) => ({
      topicId: ids.get(topic)!,
      partition,
      fetchOffset: ends[index]!,
    }));
    return new SessionReader(connection, cursors);
  }

  readonly #connection: Connection;
  readonly #cursors: readonly Cursor[];
  readonly #byPlace: ReadonlyMap<string, Cursor>;
  /** What the next request has to name. */
  #changed: readonly Cursor[];
  #sessionId = 0;
  #epoch = 0;

  private constructor(connection: Connection, cursors: readonly Cursor[]) {
    this.#connection = connection;
    this.#cursors = cursors;
    this.#byPlace = new Map(cursors.map((cursor) => [keyOf(cursor.topicId, cursor.partition), cursor]));
    this.#changed = cursors;
  }

  /** Fetches with the session, which the first call begins. Returns how many partitions had records. */
  async fetch(maxWaitMs: number): Promise<number> {
    const answer = await this.#request(maxWaitMs, this.#changed, this.#sessionId, this.#epoch);
    if (answer.sessionId === 0) throw new Error("the broker has made no session");
    this.#sessionId = answer.sessionId;
    this.#epoch++;
    this.#changed = this.#advance(answer);
    return this.#changed.length;
  }

  /** Fetches without a session. Returns how many partitions had records. */
  async fetchInFull(maxWaitMs: number): Promise<number> {
    const advanced = this.#advance(await this.#request(maxWaitMs, this.#cursors, 0, FINAL_EPOCH));
    // The session, if there is one, has not heard of it.
    this.#changed = [...new Set([...this.#changed, ...advanced])];
    return advanced.length;
  }

  async #request(
    maxWaitMs: number,
    cursors: readonly Cursor[],
    sessionId: number,
    sessionEpoch: number,
  ): Promise<FetchResponse> {
    const answer = await this.#connection.request(api.Fetch, {
      maxWaitMs,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      sessionId,
      sessionEpoch,
      topics: Array.from(Map.groupBy(cursors, ({ topicId }) => topicId), ([topicId, ofTopic]) => ({
        topicId,
        partitions: ofTopic.map(({ partition, fetchOffset }) => ({
          partition,
          fetchOffset,
          partitionMaxBytes: PARTITION_MAX_BYTES,
        })),
      })),
    });
    if (answer.errorCode !== 0) throw new Error(`Fetch: ${errorName(answer.errorCode)}`);
    return answer;
  }

  #advance({ responses }: FetchResponse): Cursor[] {
    const changed: Cursor[] = [];
    for (const { topicId, partitions } of responses) {
      for (const { partitionIndex, errorCode, highWatermark, records } of partitions) {
        if (errorCode !== 0) throw new Error(`Fetch of partition ${partitionIndex}: ${errorName(errorCode)}`);
        if (records === null || records.length === 0) continue;
        const cursor = this.#byPlace.get(keyOf(topicId, partitionIndex))!;
        // All that there was fits into an answer.
        cursor.fetchOffset = highWatermark;
        changed.push(cursor);
      }
    }
    return changed;
  }
}

function keyOf(topicId: string, partition: number): string {
  return `${topicId}-${partition}`;
}

async function endsOf(connection: Connection, places: readonly Place[]): Promise<number[]> {
  const byTopic = Map.groupBy(places, ({ topic }) => topic);
  const { topics } = await connection.request(api.ListOffsets, {
    replicaId: -1,
    isolationLevel: 0,
    topics: Array.from(byTopic, ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition }) => ({ partitionIndex: partition, timestamp: LATEST })),
    })),
    timeoutMs: 30_000,
  });
  const ends = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }): [string, number] => [keyOf(name, partitionIndex), offset])
    ),
  );
  return places.map(({ topic, partition }) => ends.get(keyOf(topic, partition))!);
}
