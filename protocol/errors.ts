/**
 * Kafka's error codes: the int16 that answers carry. Names, numbers and which of them are worth a retry are
 * the protocol's (https://kafka.apache.org/protocol#protocol_error_codes); the sentences are ours, for people who
 * read a log line, an HTTP answer or the output of a command.
 *
 * One table; everything else here is looked up in it. A code that is not in the table can still come from a newer
 * broker, so lookups answer for every number.
 * @module
 */

const RETRIABLE = true;
const FINAL = false;

/** Name: code, whether the same request may succeed later, what it means. */
const table = {
  UNKNOWN_SERVER_ERROR: [-1, FINAL, "The broker met an error it has no code for; its log tells more."],
  NONE: [0, FINAL, "No error."],
  OFFSET_OUT_OF_RANGE: [1, FINAL, "The partition does not hold this offset, or not any more."],
  CORRUPT_MESSAGE: [
    2,
    RETRIABLE,
    "A record batch is damaged: its checksum, its size or its structure is wrong.",
  ],
  UNKNOWN_TOPIC_OR_PARTITION: [3, RETRIABLE, "This broker has no such topic or partition."],
  INVALID_FETCH_SIZE: [4, FINAL, "The size asked for in a fetch makes no sense."],
  LEADER_NOT_AVAILABLE: [5, RETRIABLE, "The partition has no leader yet; ask again shortly."],
  NOT_LEADER_OR_FOLLOWER: [
    6,
    RETRIABLE,
    "This broker does not lead the partition, or holds no replica of it.",
  ],
  REQUEST_TIMED_OUT: [7, RETRIABLE, "The request was not finished in the time it allowed."],
  BROKER_NOT_AVAILABLE: [8, FINAL, "The broker is not available."],
  REPLICA_NOT_AVAILABLE: [9, RETRIABLE, "The replica asked for is not available."],
  MESSAGE_TOO_LARGE: [10, FINAL, "A record batch is larger than max.message.bytes allows."],
  STALE_CONTROLLER_EPOCH: [11, FINAL, "The request comes from a controller that another has replaced."],
  OFFSET_METADATA_TOO_LARGE: [12, FINAL, "The text stored with a committed offset is too long."],
  NETWORK_EXCEPTION: [13, RETRIABLE, "The connection broke before the answer came."],
  COORDINATOR_LOAD_IN_PROGRESS: [14, RETRIABLE, "The coordinator is still loading its state."],
  COORDINATOR_NOT_AVAILABLE: [15, RETRIABLE, "There is no coordinator at the moment."],
  NOT_COORDINATOR: [16, RETRIABLE, "This broker is not the coordinator of that group or transaction."],
  INVALID_TOPIC_EXCEPTION: [
    17,
    FINAL,
    "The topic name is not allowed, or the topic may not be used in this way.",
  ],
  RECORD_LIST_TOO_LARGE: [18, FINAL, "The batches of the request are larger than a log segment may be."],
  NOT_ENOUGH_REPLICAS: [
    19,
    RETRIABLE,
    "Nothing was written: fewer replicas are in sync than min.insync.replicas asks for.",
  ],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    20,
    RETRIABLE,
    "Written, but then fewer replicas were in sync than min.insync.replicas asks for.",
  ],
  INVALID_REQUIRED_ACKS: [21, FINAL, "acks must be 0, 1 or -1 (all)."],
  ILLEGAL_GENERATION: [22, FINAL, "The group has moved on to another generation."],
  INCONSISTENT_GROUP_PROTOCOL: [
    23,
    FINAL,
    "The member shares no protocol with the other members of its group.",
  ],
  INVALID_GROUP_ID: [24, FINAL, "The group id is not allowed."],
  UNKNOWN_MEMBER_ID: [25, FINAL, "The group has no such member."],
  INVALID_SESSION_TIMEOUT: [26, FINAL, "The session timeout lies outside of what the broker allows."],
  REBALANCE_IN_PROGRESS: [27, FINAL, "The group is rebalancing: join again."],
  INVALID_COMMIT_OFFSET_SIZE: [28, FINAL, "The offsets to be committed are too large."],
  TOPIC_AUTHORIZATION_FAILED: [29, FINAL, "Not allowed to do this with the topic."],
  GROUP_AUTHORIZATION_FAILED: [30, FINAL, "Not allowed to do this with the group."],
  CLUSTER_AUTHORIZATION_FAILED: [31, FINAL, "Not allowed to do this with the cluster."],
  INVALID_TIMESTAMP: [32, FINAL, "A record's timestamp lies outside of what the topic accepts."],
  UNSUPPORTED_SASL_MECHANISM: [33, FINAL, "The broker does not offer this SASL mechanism."],
  ILLEGAL_SASL_STATE: [34, FINAL, "The request does not fit the state of authentication."],
  UNSUPPORTED_VERSION: [35, FINAL, "This broker does not speak that version of the request."],
  TOPIC_ALREADY_EXISTS: [36, FINAL, "A topic of this name exists already."],
  INVALID_PARTITIONS: [37, FINAL, "The number of partitions is not allowed."],
  INVALID_REPLICATION_FACTOR: [
    38,
    FINAL,
    "The replication factor is not positive or exceeds the number of brokers.",
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, FINAL, "The replicas cannot be placed as asked."],
  INVALID_CONFIG: [40, FINAL, "A setting has a value that is not allowed."],
  NOT_CONTROLLER: [41, RETRIABLE, "This broker is not the controller of the cluster."],
  INVALID_REQUEST: [42, FINAL, "The request contradicts itself or lacks something."],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, FINAL, "The record format in use can't do this."],
  POLICY_VIOLATION: [44, FINAL, "A policy of this cluster forbids it."],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, FINAL, "A batch of this producer is missing before the one that came."],
  DUPLICATE_SEQUENCE_NUMBER: [
    46,
    FINAL,
    "The producer has sent this batch before, too long ago to know its offset.",
  ],
  INVALID_PRODUCER_EPOCH: [47, FINAL, "A newer producer with the same id has taken over."],
  INVALID_TXN_STATE: [48, FINAL, "The transaction's state does not allow this."],
  INVALID_PRODUCER_ID_MAPPING: [49, FINAL, "The producer id does not belong to this transactional id."],
  INVALID_TRANSACTION_TIMEOUT: [50, FINAL, "The transaction timeout exceeds transaction.max.timeout.ms."],
  CONCURRENT_TRANSACTIONS: [
    51,
    RETRIABLE,
    "The previous transaction of this producer is still being completed.",
  ],
  TRANSACTION_COORDINATOR_FENCED: [52, FINAL, "Another transaction coordinator has taken over."],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, FINAL, "Not allowed to use this transactional id."],
  SECURITY_DISABLED: [54, FINAL, "The broker has no access control switched on."],
  OPERATION_NOT_ATTEMPTED: [55, FINAL, "Not tried, because another part of the request failed first."],
  KAFKA_STORAGE_ERROR: [56, RETRIABLE, "The disk failed under the partition."],
  LOG_DIR_NOT_FOUND: [57, FINAL, "The broker has no such data directory."],
  SASL_AUTHENTICATION_FAILED: [58, FINAL, "Wrong user name, password or token."],
  UNKNOWN_PRODUCER_ID: [59, FINAL, "The broker knows nothing of this producer, or nothing any more."],
  REASSIGNMENT_IN_PROGRESS: [60, FINAL, "The partition's replicas are being moved."],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, FINAL, "Delegation tokens are switched off."],
  DELEGATION_TOKEN_NOT_FOUND: [62, FINAL, "There is no such delegation token."],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, FINAL, "The delegation token belongs to somebody else."],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [
    64,
    FINAL,
    "Delegation tokens can't be asked for over this kind of connection.",
  ],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, FINAL, "Not allowed to do this with the delegation token."],
  DELEGATION_TOKEN_EXPIRED: [66, FINAL, "The delegation token has expired."],
  INVALID_PRINCIPAL_TYPE: [67, FINAL, "This kind of principal is not supported here."],
  NON_EMPTY_GROUP: [68, FINAL, "The group still has members."],
  GROUP_ID_NOT_FOUND: [69, FINAL, "There is no such group."],
  FETCH_SESSION_ID_NOT_FOUND: [70, RETRIABLE, "The broker holds no such fetch session; begin a new one."],
  INVALID_FETCH_SESSION_EPOCH: [71, RETRIABLE, "The fetch session is at another epoch; begin a new one."],
  LISTENER_NOT_FOUND: [72, RETRIABLE, "The leader has no listener of the kind this connection came to."],
  TOPIC_DELETION_DISABLED: [73, FINAL, "Deleting topics is switched off (delete.topic.enable)."],
  FENCED_LEADER_EPOCH: [74, RETRIABLE, "The request names an older leader epoch than the partition has."],
  UNKNOWN_LEADER_EPOCH: [75, RETRIABLE, "The request names a newer leader epoch than the partition has."],
  UNSUPPORTED_COMPRESSION_TYPE: [76, FINAL, "The compression is not allowed in this version of the request."],
  STALE_BROKER_EPOCH: [77, FINAL, "The broker has been registered anew since."],
  OFFSET_NOT_AVAILABLE: [78, RETRIABLE, "The new leader does not know the offset for certain yet."],
  MEMBER_ID_REQUIRED: [79, FINAL, "Join again with the member id given in this answer."],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, RETRIABLE, "The preferred leader is not available."],
  GROUP_MAX_SIZE_REACHED: [81, FINAL, "The group has as many members as it may have."],
  FENCED_INSTANCE_ID: [82, FINAL, "Another member has joined with the same group.instance.id."],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, RETRIABLE, "No replica that could lead is available."],
  ELECTION_NOT_NEEDED: [84, RETRIABLE, "The partition's leader needs no election."],
  NO_REASSIGNMENT_IN_PROGRESS: [85, FINAL, "No replicas of this partition are being moved."],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, FINAL, "The group still subscribes to the topic."],
  INVALID_RECORD: [87, FINAL, "The broker refuses a record of the batch."],
  UNSTABLE_OFFSET_COMMIT: [88, RETRIABLE, "A transaction that commits this offset is still open."],
  THROTTLING_QUOTA_EXCEEDED: [89, RETRIABLE, "A quota is used up; wait for as long as the answer says."],
  PRODUCER_FENCED: [90, FINAL, "A newer producer with the same transactional id has taken over."],
  RESOURCE_NOT_FOUND: [91, FINAL, "What the request names does not exist."],
  DUPLICATE_RESOURCE: [92, FINAL, "The request names the same thing twice."],
  UNACCEPTABLE_CREDENTIAL: [93, FINAL, "The credentials do not meet the requirements."],
  INCONSISTENT_VOTER_SET: [94, FINAL, "The voters named are not the voters of the quorum."],
  INVALID_UPDATE_VERSION: [95, FINAL, "The update was made from an outdated version."],
  FEATURE_UPDATE_FAILED: [96, FINAL, "The features could not be changed."],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, FINAL, "A forwarded request names a principal that can't be read."],
  SNAPSHOT_NOT_FOUND: [98, FINAL, "There is no such snapshot."],
  POSITION_OUT_OF_RANGE: [99, FINAL, "The position lies outside of the snapshot."],
  UNKNOWN_TOPIC_ID: [100, RETRIABLE, "This broker has no topic of that id."],
  DUPLICATE_BROKER_REGISTRATION: [101, FINAL, "A broker of this id is registered already."],
  BROKER_ID_NOT_REGISTERED: [102, FINAL, "No broker of this id is registered."],
  INCONSISTENT_TOPIC_ID: [103, RETRIABLE, "The log has another topic id than the request."],
  INCONSISTENT_CLUSTER_ID: [104, FINAL, "The request belongs to another cluster."],
  TRANSACTIONAL_ID_NOT_FOUND: [105, FINAL, "There is no such transactional id."],
  FETCH_SESSION_TOPIC_ID_ERROR: [
    106,
    RETRIABLE,
    "The fetch session was begun with names and continued with ids, or the other way round.",
  ],
  INELIGIBLE_REPLICA: [107, FINAL, "The replica may not join those in sync."],
  NEW_LEADER_ELECTED: [108, FINAL, "The change was made and gave the partition another leader."],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, FINAL, "The offset lies in tiered storage."],
  FENCED_MEMBER_EPOCH: [110, FINAL, "The group has fenced this member's epoch: rejoin."],
  UNRELEASED_INSTANCE_ID: [111, FINAL, "A member with the same group.instance.id has not left yet."],
  UNSUPPORTED_ASSIGNOR: [112, FINAL, "The broker does not have this assignor."],
  STALE_MEMBER_EPOCH: [113, FINAL, "The member's epoch is outdated: retry after the next heartbeat."],
  MISMATCHED_ENDPOINT_TYPE: [114, FINAL, "The request went to the wrong kind of node."],
  UNSUPPORTED_ENDPOINT_TYPE: [115, FINAL, "Nodes of this kind can't be described here."],
  UNKNOWN_CONTROLLER_ID: [116, FINAL, "No controller of this id is known."],
  UNKNOWN_SUBSCRIPTION_ID: [117, FINAL, "The client's telemetry subscription is unknown or outdated."],
  TELEMETRY_TOO_LARGE: [118, FINAL, "The telemetry is larger than the broker accepts."],
  INVALID_REGISTRATION: [119, FINAL, "The controller refuses the broker's registration."],
  TRANSACTION_ABORTABLE: [120, FINAL, "The transaction failed: abort it and begin again."],
  INVALID_RECORD_STATE: [121, FINAL, "The record's delivery state does not allow this acknowledgement."],
  SHARE_SESSION_NOT_FOUND: [122, RETRIABLE, "The broker holds no such share session."],
  INVALID_SHARE_SESSION_EPOCH: [123, RETRIABLE, "The share session is at another epoch."],
  FENCED_STATE_EPOCH: [124, FINAL, "The share coordinator has a newer state epoch."],
  INVALID_VOTER_KEY: [125, FINAL, "The voter's key does not match that of the node that got the request."],
  DUPLICATE_VOTER: [126, FINAL, "The voter is in the quorum already."],
  VOTER_NOT_FOUND: [127, FINAL, "The quorum has no such voter."],
  INVALID_REGULAR_EXPRESSION: [128, FINAL, "The regular expression can't be read."],
  REBOOTSTRAP_REQUIRED: [
    129,
    FINAL,
    "The client's view is outdated: start again from the bootstrap servers.",
  ],
  STREAMS_INVALID_TOPOLOGY: [130, FINAL, "The streams topology is not valid."],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, FINAL, "The streams topology has a wrong epoch."],
  STREAMS_TOPOLOGY_FENCED: [132, FINAL, "A newer streams topology has taken over."],
  SHARE_SESSION_LIMIT_REACHED: [133, RETRIABLE, "The broker holds as many share sessions as it may."],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, message: string]>;

type Table = typeof table;

/** Numbers by name. */
export const ErrorCode = Object.fromEntries(
  Object.entries(table).map(([name, [code]]) => [name, code]),
) as { readonly [Name in keyof Table]: Table[Name][0] };

/** A code of the table. On the wire any int16 may come. */
export type ErrorCode = Table[keyof Table][0];

interface Row {
  readonly name: string;
  readonly retriable: boolean;
  readonly message: string;
}

const rows = new Map<number, Row>(
  Object.entries(table).map(([name, [code, retriable, message]]) => [code, { name, retriable, message }]),
);

/** Kafka's name of the code, "UNKNOWN_CODE_1234" for one that is not known here. */
export function errorName(code: number): string {
  return rows.get(code)?.name ?? `UNKNOWN_CODE_${code}`;
}

/** What the code means, in a sentence. */
export function errorMessage(code: number): string {
  return rows.get(code)?.message ?? `The broker answered with error code ${code}, which is not known here.`;
}

/** Whether the same request may succeed if it is sent again. An unknown code is not taken for one. */
export function isRetriable(code: number): boolean {
  return rows.get(code)?.retriable ?? false;
}
