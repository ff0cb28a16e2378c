/**
 * Fetch sessions: what a later request need not say, and what a later answer does not say again.
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { FetchRequest, FetchResponse } from "../../protocol/messages/01_fetch.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import {
  FetchSessionModel,
  type ModelAnswer,
  type ModelLog,
} from "../../tests/support/fetch_session_model.ts";
import { createTopic, produce, randomBatch, servedVersions, stored } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type Script, type TestBroker } from "../../tests/support/test_broker.ts";
import { fetchHandler } from "./01_fetch.ts";

type FetchInput = InputOf<typeof FetchRequest>;

const versions = servedVersions(fetchHandler).filter((version) => version >= 7);
const TOPIC_IDS_FROM_VERSION = 13;

/** Of one partition, as a request names it. */
function asked(topic: string, partition: number, fetchOffset = 0) {
  return { topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }] };
}

function forgotten(topic: string, ...partitions: number[]) {
  return { topic, partitions };
}

/** Fetches with a session, waiting for nothing unless `body` says so. */
function* fetch(
  client: TestClient,
  version: number,
  sessionId: number,
  sessionEpoch: number,
  body: Partial<FetchInput> = {},
): Script<FetchResponse> {
  const whole = { maxWaitMs: 0, minBytes: 1, topics: [], sessionId, sessionEpoch, ...body };
  return yield* client.ask(api.Fetch, version, whole);
}

/** [partition, error, high watermark, bytes] of each partition answered. */
function told({ responses }: FetchResponse) {
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, highWatermark, records }) => [
      partitionIndex,
      errorCode,
      highWatermark,
      records!.length,
    ])
  );
}

/** A topic "topic" of so many partitions, and a session about all of them, from the start on. */
function* beginSession(client: TestClient, version: number, partitions: number): Script<number> {
  const topics = Array.from({ length: partitions }, (_, partition) => asked("topic", partition));
  const { errorCode, sessionId, responses } = yield* fetch(client, version, 0, 0, { topics });
  assert.equal(errorCode, ErrorCode.NONE);
  assert.notEqual(sessionId, 0);
  assert.equal(responses.flatMap(({ partitions }) => partitions).length, partitions);
  return sessionId;
}

Deno.test("Fetch session says again only what is new, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const writer = broker.connect();
    for (const version of versions) {
      yield* createTopic(client, "topic", { partitions: 3 });
      const session = yield* beginSession(client, version, 3);
      assert.deepEqual(told(yield* fetch(client, version, session, 1)), []);
      const batch = randomBatch(broker, { count: 2 });
      yield* produce(writer, "topic", batch, { partition: 1 });
      const some = yield* fetch(client, version, session, 2);
      assert.deepEqual(told(some), [[1, ErrorCode.NONE, 2, batch.length]]);
      assert.equal(some.sessionId, session);
      // The client has not said that it has them: they are sent again.
      assert.deepEqual(told(yield* fetch(client, version, session, 3)), told(some));
      const topics = [asked("topic", 1, 2)];
      assert.deepEqual(told(yield* fetch(client, version, session, 4, { topics })), []);
      yield* client.ask(api.DeleteRecords, 2, {
        topics: [{ name: "topic", partitions: [{ partitionIndex: 1, offset: 1 }] }],
        timeoutMs: 1000,
      });
      const moved = yield* fetch(client, version, session, 5);
      assert.deepEqual(told(moved), [[1, ErrorCode.NONE, 2, 0]]);
      assert.equal(moved.responses[0]!.partitions[0]!.logStartOffset, 1);
      yield* client.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
      yield* fetch(client, version, session, -1);
    }
  });
});

Deno.test("Fetch session is told that retention has moved a log's start, and who waits before it that it is gone", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    const configs = { "segment.bytes": String(1 << 20), "retention.ms": "3600000" };
    yield* createTopic(client, "topic", { configs });
    for (const age of [2_000_000, 1_000_000, 0]) {
      const timestamp = broker.clock.now() - age;
      yield* produce(client, "topic", randomBatch(broker, { timestamp, valueBytes: 600_000 }));
    }
    const { sessionId } = yield* fetch(client, 17, 0, 0, { topics: [asked("topic", 0, 3)] });
    assert.deepEqual(told(yield* fetch(client, 17, sessionId, 1)), []);
    // It waits for more than there is from where on it reads.
    const topics = [asked("topic", 0, 0)];
    other.send(api.Fetch, 17, { maxWaitMs: 10_000_000, minBytes: 1 << 30, topics });
    yield* broker.pass(2_500_000);
    assert.equal(broker.log("topic").logStartOffset, 1);
    assert.deepEqual(told(other.receive(api.Fetch)), [[0, ErrorCode.OFFSET_OUT_OF_RANGE, -1, 0]]);
    const moved = yield* fetch(client, 17, sessionId, 2);
    assert.deepEqual(told(moved), [[0, ErrorCode.NONE, 3, 0]]);
    assert.equal(moved.responses[0]!.partitions[0]!.logStartOffset, 1);
  }, { settings: { "connections.max.idle.ms": "-1", "log.retention.check.interval.ms": "10000" } });
});

Deno.test("Fetch session waits for an append to any of its partitions, and tells of that one", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const writer = broker.connect();
    yield* createTopic(client, "topic", { partitions: 100 });
    const session = yield* beginSession(client, 17, 100);
    for (let epoch = 1; epoch <= 20; epoch++) {
      const partition = broker.random.below(100);
      const fetchOffset = broker.log("topic", partition).endOffset;
      const topics = [asked("topic", partition, fetchOffset)];
      client.send(api.Fetch, 17, {
        maxWaitMs: 10_000,
        minBytes: 1,
        sessionId: session,
        sessionEpoch: epoch,
        topics,
      });
      yield;
      if (client.hasNothing()) {
        assert.equal(broker.metrics.get("parkedFetches"), 1);
        yield* produce(writer, "topic", randomBatch(broker), { partition });
      }
      assert.equal(broker.metrics.get("parkedFetches"), 0);
      assert.ok(told(client.receive(api.Fetch)).length >= 1);
    }
  });
});

Deno.test("Fetch session outlives its connection, and is gone on with from another", () => {
  runBroker(function* (broker) {
    const first = broker.connect();
    yield* createTopic(first, "topic", { partitions: 2 });
    const session = yield* beginSession(first, 12, 2);
    first.socket.clientBreaks();
    yield;
    const second = broker.connect();
    const { errorCode } = yield* fetch(second, 12, session, 1);
    assert.equal(errorCode, ErrorCode.NONE);
    second.send(api.Fetch, 12, {
      maxWaitMs: 10_000,
      minBytes: 1,
      topics: [],
      sessionId: session,
      sessionEpoch: 2,
    });
    yield;
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    second.socket.clientBreaks();
    yield;
    const third = broker.connect();
    assert.equal((yield* fetch(third, 12, session, 3)).errorCode, ErrorCode.NONE);
    assert.equal(broker.metrics.get("parkedFetches"), 0);
  });
});

Deno.test("Fetch session refuses another epoch than the next, an unknown id, and names where it has ids", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      const other = version < TOPIC_IDS_FROM_VERSION ? 13 : 12;
      const session = yield* beginSession(client, version, 1);
      for (
        const [id, epoch, spoken, error] of [
          [session, 2, version, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
          [session, 0x7fffffff, version, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
          [session, -2, version, ErrorCode.INVALID_FETCH_SESSION_EPOCH],
          [session === 1 ? 2 : session - 1, 1, version, ErrorCode.FETCH_SESSION_ID_NOT_FOUND],
          [0, 1, version, ErrorCode.FETCH_SESSION_ID_NOT_FOUND],
          [-1, 7, version, ErrorCode.FETCH_SESSION_ID_NOT_FOUND],
          [session, 1, other, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR],
        ] as const
      ) {
        const refused = yield* fetch(client, spoken, id, epoch, { maxWaitMs: 10_000 });
        assert.deepEqual([refused.errorCode, refused.sessionId, refused.responses], [error, 0, []]);
      }
      assert.equal((yield* fetch(client, version, session, 1)).errorCode, ErrorCode.NONE);
    }
  });
});

Deno.test("Fetch session begins to count anew behind the last epoch", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const session = yield* beginSession(client, 17, 1);
    broker.server.broker.fetchSessions.get(session)!.epoch = 0x7fffffff;
    assert.equal((yield* fetch(client, 17, session, 0x7fffffff)).errorCode, ErrorCode.NONE);
    assert.equal((yield* fetch(client, 17, session, 1)).errorCode, ErrorCode.NONE);
  });
});

Deno.test("Fetch session is closed by a full request that names it, whether or not that begins another", () => {
  runBroker(function* (broker) {
    const { fetchSessions, fetchWaiters } = broker.server.broker;
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    for (const version of versions) {
      const first = yield* beginSession(client, version, 2);
      const { sessionId } = yield* fetch(client, version, first, 0, { topics: [asked("topic", 1)] });
      assert.notEqual(sessionId, first);
      assert.deepEqual([fetchSessions.count, fetchSessions.partitionCount], [1, 1]);
      const last = yield* fetch(client, version, sessionId, -1, { topics: [asked("topic", 1)] });
      assert.deepEqual([last.sessionId, told(last)], [0, [[1, ErrorCode.NONE, 0, 0]]]);
      for (const id of [first, sessionId]) {
        const { errorCode } = yield* fetch(client, version, id, 1);
        assert.equal(errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
      }
      assert.deepEqual([fetchSessions.count, fetchSessions.partitionCount], [0, 0]);
      assert.equal(fetchWaiters.watchedCount, 0);
    }
  });
});

Deno.test("Fetch session without partitions is none: what takes the last one out gets a full answer", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    for (const version of versions) {
      const session = yield* beginSession(client, version, 2);
      const some = yield* fetch(client, version, session, 1, {
        forgottenTopicsData: [forgotten("topic", 1, 7), forgotten("other", 0)],
      });
      assert.deepEqual([some.sessionId, told(some)], [session, []]);
      // Named and forgotten at once: forgotten.
      const last = yield* fetch(client, version, session, 2, {
        maxWaitMs: 0,
        topics: [asked("topic", 0)],
        forgottenTopicsData: [forgotten("topic", 0)],
      });
      assert.deepEqual([last.sessionId, told(last)], [0, [[0, ErrorCode.NONE, 0, 0]]]);
      const { errorCode } = yield* fetch(client, version, session, 3);
      assert.equal(errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }
    assert.equal(broker.server.broker.fetchWaiters.watchedCount, 0);
  });
});

Deno.test("Fetch session finds a topic that comes later: of that name, but only of that id", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      yield* createTopic(client, "topic");
      const session = yield* beginSession(client, version, 1);
      const missing = version < TOPIC_IDS_FROM_VERSION
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : ErrorCode.UNKNOWN_TOPIC_ID;
      yield* client.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
      assert.deepEqual(told(yield* fetch(client, version, session, 1)), [[0, missing, -1, 0]]);
      assert.deepEqual(told(yield* fetch(client, version, session, 2)), [[0, missing, -1, 0]]);
      yield* createTopic(client, "topic");
      assert.deepEqual(
        told(yield* fetch(client, version, session, 3)),
        version < TOPIC_IDS_FROM_VERSION ? [[0, ErrorCode.NONE, 0, 0]] : [[0, missing, -1, 0]],
      );
      yield* client.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
      yield* fetch(client, version, session, -1);
    }
  });
});

Deno.test("Fetch session does not hasten for a partition that stays unknown, once it has told of it", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* createTopic(client, "other");
    const { sessionId } = yield* fetch(client, 17, 0, 0, { topics: [asked("topic", 0), asked("other", 0)] });
    yield* client.ask(api.DeleteTopics, 5, { topicNames: ["other"], timeoutMs: 1000 });
    const news = yield* fetch(client, 17, sessionId, 1, { maxWaitMs: 1000 });
    assert.deepEqual(told(news), [[0, ErrorCode.UNKNOWN_TOPIC_ID, -1, 0]]);
    client.send(api.Fetch, 17, { maxWaitMs: 1000, minBytes: 1, topics: [], sessionId, sessionEpoch: 2 });
    yield;
    yield* broker.pass(999);
    assert.ok(client.hasNothing());
    yield* broker.pass(1);
    assert.deepEqual(told(client.receive(api.Fetch)), told(news));
  });
});

Deno.test("Fetch session gives every partition its turn, however busy one is", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 5 });
    let size = 0;
    for (let partition = 0; partition < 5; partition++) {
      for (let count = 0; count < 5; count++) {
        const batch = randomBatch(broker);
        size = batch.length;
        yield* produce(client, "topic", batch, { partition });
      }
    }
    // One batch fits: partition 0, which always has more, would be all that the client ever gets.
    const next = [0, 0, 0, 0, 0];
    const order: number[] = [];
    let { sessionId, responses } = yield* fetch(client, 17, 0, 0, {
      maxBytes: size,
      topics: next.map((_, partition) => asked("topic", partition)),
    });
    for (let epoch = 1; epoch <= 10; epoch++) {
      const given = responses.flatMap(({ partitions }) => partitions)
        .filter(({ records }) => records!.length > 0).map(({ partitionIndex }) => partitionIndex);
      assert.equal(given.length, 1);
      const partition = given[0]!;
      order.push(partition);
      const topics = [asked("topic", partition, ++next[partition]!)];
      ({ responses } = yield* fetch(client, 17, sessionId, epoch, { maxBytes: size, topics }));
    }
    assert.deepEqual(order, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  });
});

Deno.test("Fetch session that is gone on with ends the wait before: an answer, or on another connection an error", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic");
    const session = yield* beginSession(client, 17, 1);
    const wait = (sessionEpoch: number) => ({
      maxWaitMs: 60_000,
      minBytes: 1,
      topics: [],
      sessionId: session,
      sessionEpoch,
    });
    client.send(api.Fetch, 17, wait(1));
    client.send(api.Fetch, 17, wait(2));
    yield;
    const first = client.receive(api.Fetch);
    assert.deepEqual([first.errorCode, first.sessionId, told(first)], [ErrorCode.NONE, session, []]);
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    other.send(api.Fetch, 17, wait(3));
    yield;
    const second = client.receive(api.Fetch);
    assert.deepEqual(
      [second.errorCode, second.sessionId, told(second)],
      [ErrorCode.INVALID_FETCH_SESSION_EPOCH, session, []],
    );
    const batch = randomBatch(broker);
    yield* produce(client, "topic", batch);
    assert.deepEqual(told(other.receive(api.Fetch)), [[0, ErrorCode.NONE, 1, batch.length]]);
    assert.equal(broker.metrics.get("parkedFetches"), 0);
  });
});

Deno.test("Fetch session that is closed while a fetch waits with it answers that one with what there is", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic");
    const session = yield* beginSession(client, 17, 1);
    const body = { maxWaitMs: 60_000, minBytes: 1, topics: [], sessionId: session, sessionEpoch: 1 };
    client.send(api.Fetch, 17, body);
    yield;
    yield* fetch(other, 17, session, -1);
    const { errorCode, sessionId, responses } = client.receive(api.Fetch);
    assert.deepEqual([errorCode, sessionId, responses], [ErrorCode.NONE, session, []]);
    assert.equal(broker.server.broker.fetchWaiters.watchedCount, 0);
  });
});

Deno.test("Fetch session that changes its isolation level looks at everything anew", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batch = randomBatch(broker, {
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
    });
    broker.log("topic").append(new RecordBatch(batch));
    const { sessionId } = yield* fetch(client, 17, 0, 0, { isolationLevel: 1, topics: [asked("topic", 0)] });
    assert.deepEqual(told(yield* fetch(client, 17, sessionId, 1, { isolationLevel: 1 })), []);
    const open = yield* fetch(client, 17, sessionId, 2);
    assert.deepEqual(told(open), [[0, ErrorCode.NONE, 1, batch.length]]);
    assert.deepEqual(told(yield* fetch(client, 17, sessionId, 3, { isolationLevel: 1 })), []);
    const end = { producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, commit: true };
    broker.log("topic").appendEndMarker(end);
    const committed = yield* fetch(client, 17, sessionId, 4, { isolationLevel: 1 });
    assert.ok(committed.responses[0]!.partitions[0]!.records!.length > batch.length);
  });
});

Deno.test("Fetch session is not made where there is no room, and the client is served all the same", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 3 });
    const full = { topics: [0, 1, 2].map((partition) => asked("topic", partition)) };
    const first = yield* fetch(client, 17, 0, 0, full);
    const second = yield* fetch(client, 17, 0, 0, full);
    assert.notEqual(first.sessionId, 0);
    assert.deepEqual([second.errorCode, second.sessionId, told(second)], [ErrorCode.NONE, 0, told(first)]);
    assert.equal((yield* fetch(client, 17, first.sessionId, 1)).errorCode, ErrorCode.NONE);
    assert.equal(broker.metrics.get("fetchSessions"), 1);
    assert.equal(broker.metrics.get("fetchSessionPartitions"), 3);
  }, { settings: { "max.incremental.fetch.session.cache.slots": "1" } });
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    assert.equal((yield* fetch(client, 17, 0, 0, { topics: [asked("topic", 0)] })).sessionId, 0);
  }, { settings: { "max.incremental.fetch.session.cache.slots": "0" } });
});

Deno.test("Fetch session of more partitions than the broker may hold is none: its memory has a bound", () => {
  runBroker(function* (broker) {
    const { fetchSessions } = broker.server.broker;
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const many = (count: number) => ({
      topic: "topic",
      partitions: Array.from(
        { length: count },
        (_, partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 }),
      ),
    });
    assert.equal((yield* fetch(client, 17, 0, 0, { topics: [many(11)] })).sessionId, 0);
    const { sessionId } = yield* fetch(client, 17, 0, 0, { topics: [many(10)] });
    assert.notEqual(sessionId, 0);
    const grown = yield* fetch(client, 17, sessionId, 1, { topics: [many(11)] });
    assert.deepEqual(
      [grown.errorCode, grown.sessionId, grown.responses],
      [ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0, []],
    );
    assert.deepEqual([fetchSessions.count, fetchSessions.partitionCount], [0, 0]);
  }, { settings: { "milena.max.partitions": "10" } });
});

Deno.test("Fetch of a million partitions that there are not is answered, or its client cut off, and nothing stays", () => {
  runBroker(function* (broker) {
    const { fetchSessions, fetchWaiters } = broker.server.broker;
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const [count, isTooMany] of [[200_000, false], [2 ** 20, true]] as const) {
      const partitions = Array.from({ length: count }, (_, partition) => ({
        partition: partition + 1,
        fetchOffset: 0,
        partitionMaxBytes: 1,
      }));
      client.send(api.Fetch, 17, {
        maxWaitMs: 60_000,
        minBytes: 1,
        sessionId: 0,
        sessionEpoch: 0,
        topics: [{ topic: "topic", partitions }],
      });
      yield;
      // More elements than a message may have (protocol/reader.ts).
      assert.equal(client.isClosed, isTooMany);
      if (!isTooMany) assert.equal(client.receive(api.Fetch).responses[0]!.partitions.length, count);
      assert.deepEqual(
        [fetchSessions.count, fetchWaiters.count, fetchWaiters.watchedCount],
        [0, 0, 0],
      );
    }
  });
});

/** Topics that come and go, records that come and go, and one session, beside the model. */
class Scene {
  readonly #broker: TestBroker;
  readonly #writer: TestClient;
  readonly #client: TestClient;
  readonly #topics = new Map<string, { readonly id: string; readonly logs: ModelLog[] }>();
  readonly #ids = new Map<string, string>();
  #version = 0;
  #sessionId = 0;
  #epoch = 0;
  #model = this.#newModel();

  constructor(broker: TestBroker) {
    this.#broker = broker;
    this.#writer = broker.connect();
    this.#client = broker.connect();
  }

  *step(): Script {
    const { random } = this.#broker;
    const kind = random.below(10);
    if (kind < 5) return yield* this.#fetch(this.#sessionId === 0 || random.below(20) === 0);
    if (kind === 9) return yield* random.below(3) > 0 ? this.#createTopic() : this.#deleteTopic();
    yield* this.#write();
  }

  get #usesTopicIds(): boolean {
    return this.#version >= TOPIC_IDS_FROM_VERSION;
  }

  #newModel(): FetchSessionModel {
    const usesTopicIds = this.#usesTopicIds;
    const missing = usesTopicIds ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return new FetchSessionModel((key, partition) => {
      const topic = usesTopicIds
        ? [...this.#topics.values()].find(({ id }) => id === key)
        : this.#topics.get(key);
      if (topic === undefined) return missing;
      return topic.logs[partition] ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    });
  }

  *#createTopic(): Script {
    const name = this.#broker.random.pick(["a", "b", "c"]);
    if (this.#topics.has(name)) return;
    const partitions = 1 + this.#broker.random.below(3);
    const id = yield* createTopic(this.#writer, name, { partitions });
    const logs = Array.from({ length: partitions }, () => ({ start: 0, end: 0, batches: [] }));
    this.#topics.set(name, { id, logs });
    this.#ids.set(name, id);
  }

  *#deleteTopic(): Script {
    const [name] = this.#broker.random.pick([...this.#topics, [""] as const]);
    if (name === "") return;
    yield* this.#writer.ask(api.DeleteTopics, 5, { topicNames: [name], timeoutMs: 1000 });
    this.#topics.delete(name);
  }

  /** Appends records, or deletes some. */
  *#write(): Script {
    const { random } = this.#broker;
    const places = [...this.#topics].flatMap(([name, { logs }]) => logs.map((_, index) => ({ name, index })));
    if (places.length === 0) return;
    const { name, index } = random.pick(places);
    const log = this.#topics.get(name)!.logs[index]!;
    if (random.below(5) > 0) {
      const batch = randomBatch(this.#broker, { count: 1 + random.below(3), valueBytes: random.below(100) });
      const { baseOffset, errorCode } = yield* produce(this.#writer, name, batch.slice(), {
        partition: index,
      });
      assert.equal(errorCode, ErrorCode.NONE);
      log.end = this.#broker.log(name, index).endOffset;
      log.batches.push({ endOffset: log.end, bytes: stored(batch, baseOffset) });
      return;
    }
    log.start += random.below(log.end - log.start + 1);
    yield* this.#writer.ask(api.DeleteRecords, 2, {
      topics: [{ name, partitions: [{ partitionIndex: index, offset: log.start }] }],
      timeoutMs: 1000,
    });
  }

  *#fetch(isFull: boolean): Script {
    const { random } = this.#broker;
    if (isFull) {
      this.#version = random.pick(versions);
      this.#model = this.#newModel();
      this.#epoch = 0;
    }
    const topics = Array.from({ length: random.below(isFull ? 12 : 4) }, () => this.#ask());
    const forgottenTopicsData = Array.from(
      { length: isFull ? 0 : random.below(2) },
      () => this.#forget(),
    );
    const maxBytes = random.pick([0, 100, 300, 1000, 1 << 20]);
    const minBytes = random.pick([0, 1, 1, 200]);
    const maxWaitMs = random.pick([0, 1000]);
    this.#client.send(api.Fetch, this.#version, {
      maxWaitMs,
      minBytes,
      maxBytes,
      sessionId: this.#sessionId,
      sessionEpoch: this.#epoch,
      topics,
      forgottenTopicsData,
    });
    yield;
    const isClosed = !isFull && this.#model.isEmpty;
    // The last was taken out: what is named is answered in full, which in a scene is what was forgotten at once.
    if (isClosed) {
      yield* this.#broker.pass(1000);
      this.#client.receive(api.Fetch);
      this.#sessionId = 0;
      return;
    }
    let look = this.#model.look(maxBytes);
    const isEnough = () => look.hastens || look.bytes >= minBytes || !look.isAnyThere;
    for (let wait = 0; maxWaitMs > 0 && !isEnough(); wait++) {
      assert.ok(this.#client.hasNothing(), "answered, though the model waits");
      if (wait === 5) {
        yield* this.#broker.pass(1000);
        look = this.#model.look(maxBytes);
        break;
      }
      if (random.below(10) === 0) yield* this.#deleteTopic();
      else yield* this.#write();
      look = this.#model.look(maxBytes);
    }
    const response = this.#client.receive(api.Fetch);
    assert.equal(response.errorCode, ErrorCode.NONE);
    assert.deepEqual(this.#answered(response), this.#model.answer(look, isFull));
    if (!isFull) assert.equal(response.sessionId, this.#sessionId);
    this.#sessionId = response.sessionId;
    this.#epoch++;
  }

  /** Names a partition, from an offset on that may be there. */
  #ask() {
    const { random } = this.#broker;
    const topic = random.pick(["a", "b", "c", "d"]);
    const partition = random.below(4);
    const log = this.#topics.get(topic)?.logs[partition];
    const fetchOffset = log === undefined || random.below(20) === 0
      ? random.below(10)
      : random.pick([log.start, log.end, log.start + random.below(log.end - log.start + 1)]);
    const partitionMaxBytes = random.pick([0, 150, 1 << 20]);
    const topicId = this.#idOf(topic);
    this.#model.ask(this.#usesTopicIds ? topicId : topic, partition, fetchOffset, partitionMaxBytes);
    return { topic, topicId, partitions: [{ partition, fetchOffset, partitionMaxBytes }] };
  }

  #forget() {
    const topic = this.#broker.random.pick(["a", "b", "c", "d"]);
    const partition = this.#broker.random.below(4);
    const topicId = this.#idOf(topic);
    this.#model.forget(this.#usesTopicIds ? topicId : topic, partition);
    return { topic, topicId, partitions: [partition] };
  }

  /** The id that a topic has, or had; of one that never was, one that nobody has. */
  #idOf(topic: string): string {
    return this.#ids.get(topic) ?? `${topic.repeat(21)}A`;
  }

  #answered({ responses }: FetchResponse): ModelAnswer[] {
    return responses.flatMap(({ topic, topicId, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, highWatermark, logStartOffset, records }) => ({
        key: this.#usesTopicIds ? topicId : topic,
        partition: partitionIndex,
        errorCode,
        highWatermark,
        logStartOffset,
        records: records!,
      }))
    );
  }
}

Deno.test("Fetch session answers what a dumb one answers, whatever is asked and whatever happens meanwhile", () => {
  for (let round = 0; round < 10; round++) {
    runBroker(function* (broker) {
      const scene = new Scene(broker);
      for (let step = 0; step < 200; step++) yield* scene.step();
    });
  }
});
