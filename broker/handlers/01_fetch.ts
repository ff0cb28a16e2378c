/**
 * Fetch: record batches from an offset on, sent from the page cache by sendfile.
 *
 * - Waits up to `max_wait_ms` until `min_bytes` are there; an append wakes it. An error in any partition is told at once; but
 *   of a partition that does not exist the answer tells when it is due, if there are others to wait for.
 * - `max_bytes` and `partition_max_bytes` bound the answer, yet the first partition that has data gives at least one
 *   whole batch (KIP-74), and an offset within a batch gets that batch whole. The end of an answer may cut a batch, as
 *   Kafka's does; clients drop what is cut.
 * - What is not in the page cache is brought there by an I/O Worker first, while the fetch is parked. Then it is answered: by
 *   partitions whose bytes are there, and by the first that has any even if they are gone again, so that every fetch gets on.
 *   If `max_wait_ms` (or 5 s, if longer) is over before, by those partitions alone that are there.
 * - Never past the high watermark. With `isolation_level` read_committed never past the last stable offset either, and with
 *   a list of the aborted transactions that may have records in the answer, empty if none has; otherwise null (KIP-98).
 * - A partition that is named twice is answered once, at its first place, as the last says.
 * - Sessions (version 7+, KIP-227): epoch 0 asks for one, and the answer's id is 0 if there is no room. Later requests name
 *   what changes, and answers hold what has records, an error, or ends that the client was not told. A session is of
 *   one connection as well as of another; one by names is not gone on with by ids (FETCH_SESSION_TOPIC_ID_ERROR). Which are
 *   kept: `fetch/fetch_sessions.ts`.
 * - A request that goes on with a session while an earlier one still waits ends that wait: on the same connection by an
 *   answer with what there is, on another by INVALID_FETCH_SESSION_EPOCH.
 * - Version 9+ checks the leader epoch the client believes in (KIP-320); version 16+ tells the leader to who believed in
 *   a former one (KIP-951). Version 13+ names topics by id: UNKNOWN_TOPIC_ID, which may be a topic's later.
 * - Replicas are served as consumers are: there are none.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { FetchRequest } from "../../protocol/messages/01_fetch.ts";
import type { Broker } from "../broker.ts";
import { Fetch, type FetchScope } from "../fetch/fetch.ts";
import { FetchList } from "../fetch/fetch_list.ts";
import { FINAL_EPOCH, INITIAL_EPOCH, nextEpoch, NO_SESSION } from "../fetch/fetch_session.ts";
import type { Request } from "../request.ts";
import type { ApiHandler } from "./api_handler.ts";

const TOPIC_IDS_FROM_VERSION = 13;
/** `isolation_level`; any other number means read_uncommitted. */
const READ_COMMITTED = 1;

export const fetchHandler: ApiHandler = {
  api: api.Fetch,
  versions: { from: 4, to: 18 },
  mayPark: true,

  handle(broker, request) {
    const body = request.decode(api.Fetch.request);
    const scope = scopeOf(broker, request, body);
    if (typeof scope === "number") {
      return request.answer(api.Fetch.response, { errorCode: scope, responses: [] });
    }
    const { maxWaitMs, minBytes, maxBytes, isolationLevel } = body;
    const isCommitted = isolationLevel === READ_COMMITTED;
    new Fetch(broker, request, scope, { maxWaitMs, minBytes, maxBytes, isCommitted }).begin();
  },
};

/** What a request is about, its session gone on with; or the error of there being none. */
function scopeOf(broker: Broker, request: Request, body: FetchRequest): FetchScope | number {
  const { sessionId, sessionEpoch } = body;
  if (sessionEpoch !== INITIAL_EPOCH && sessionEpoch !== FINAL_EPOCH) {
    return incrementalScope(broker, request, body);
  }
  if (sessionId !== NO_SESSION) {
    const former = broker.fetchSessions.get(sessionId);
    if (former !== undefined) broker.fetchSessions.remove(former);
  }
  return { list: fullList(broker, request, body), wantsSession: sessionEpoch === INITIAL_EPOCH };
}

function incrementalScope(
  broker: Broker,
  request: Request,
  body: FetchRequest,
): FetchScope | number {
  const { fetchSessions } = broker;
  const session = fetchSessions.get(body.sessionId);
  if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
  if (session.epoch !== body.sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
  const { list } = session;
  if (list.usesTopicIds !== usesTopicIds(request)) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
  endWait(broker, request, list);
  list.ask(body.topics);
  list.forget(body.forgottenTopicsData);
  if (list.count === 0) {
    fetchSessions.remove(session);
    return { list: fullList(broker, request, body) };
  }
  if (!fetchSessions.touch(session)) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
  session.epoch = nextEpoch(session.epoch);
  return { list, session };
}

function fullList(broker: Broker, request: Request, { topics }: FetchRequest): FetchList {
  const list = new FetchList({
    usesTopicIds: usesTopicIds(request),
    topics: broker.topics,
    waiters: broker.fetchWaiters,
  });
  list.ask(topics);
  return list;
}

function usesTopicIds({ version }: Request): boolean {
  return version >= TOPIC_IDS_FROM_VERSION;
}

/** Ends the wait of an earlier fetch of the same session. */
function endWait({ fetchWaiters }: Broker, { connection }: Request, { waiting }: FetchList): void {
  if (!(waiting instanceof Fetch)) return;
  if (waiting.connection === connection) fetchWaiters.answerNow(waiting);
  else waiting.refuse();
}
