/**
 * Well-known messages as bytes, written by hand from https://kafka.apache.org/protocol. Each must encode to the bytes
 * and decode to the value: a mistake that reader and writer share shows here and nowhere else.
 */
import { deepEqual, equal } from "node:assert/strict";
import { decodeRequestHeader } from "../../protocol/header.ts";
import type { MessageCodec } from "../../protocol/codec.ts";
import { FetchRequest, FetchResponse } from "../../protocol/messages/01_fetch.ts";
import { ListOffsetsRequest } from "../../protocol/messages/02_list_offsets.ts";
import { MetadataRequest, MetadataResponse } from "../../protocol/messages/03_metadata.ts";
import { ProduceRequest, ProduceResponse } from "../../protocol/messages/00_produce.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "../../protocol/messages/18_api_versions.ts";
import { CreateTopicsRequest } from "../../protocol/messages/19_create_topics.ts";
import { DeleteTopicsRequest } from "../../protocol/messages/20_delete_topics.ts";
import { InitProducerIdRequest } from "../../protocol/messages/22_init_producer_id.ts";
import { Reader, Writer, ZERO_UUID } from "../../protocol/primitives.ts";
import { fromHex, toHex } from "../support/hex.ts";

const TOPIC_ID = "AQIDBAUGBwgJCgsMDQ4PEA"; // 0102…0f10

function holds<T, Input>(
  codec: MessageCodec<T, Input>,
  version: number,
  parts: readonly string[],
  value: Input,
  decoded: object,
): void {
  Deno.test(`${codec.name} v${version} is these bytes when it is written by hand`, () => {
    const bytes = fromHex(parts.join(""));
    const writer = new Writer();
    codec.encode(writer, version, value);
    equal(toHex(writer.bytes()), toHex(bytes));
    equal(codec.size(version, value), bytes.length);
    const reader = new Reader(bytes);
    deepEqual(codec.decode(reader, version), decoded);
    equal(reader.failure, undefined);
    equal(reader.remaining, 0);
  });
}

Deno.test("ApiVersions v0 of an old client is this frame when it arrives", () => {
  const reader = new Reader(fromHex(
    "0012 0000 00000001" + // key 18, version 0, correlation 1
      "0007 72646b61666b61", // client id "rdkafka"; no body
  ));
  deepEqual(decodeRequestHeader(reader), {
    apiKey: 18,
    apiVersion: 0,
    correlationId: 1,
    clientId: "rdkafka",
  });
  deepEqual(ApiVersionsRequest.decode(reader, 0), { clientSoftwareName: "", clientSoftwareVersion: "" });
  equal(reader.failed, false);
  equal(reader.remaining, 0);
});

Deno.test("ApiVersions v3 of a new client is this frame when it arrives", () => {
  const reader = new Reader(fromHex(
    "0012 0003 00000001" + // key 18, version 3, correlation 1
      "0007 72646b61666b61" + // client id, in the old encoding although the header is flexible
      "00" + // no tagged fields in the header
      "0b 6c696272646b61666b61" + // 10 + 1: "librdkafka"
      "06 322e332e30" + // 5 + 1: "2.3.0"
      "00", // no tagged fields
  ));
  deepEqual(decodeRequestHeader(reader), {
    apiKey: 18,
    apiVersion: 3,
    correlationId: 1,
    clientId: "rdkafka",
  });
  deepEqual(ApiVersionsRequest.decode(reader, 3), {
    clientSoftwareName: "librdkafka",
    clientSoftwareVersion: "2.3.0",
  });
  equal(reader.failed, false);
  equal(reader.remaining, 0);
});

const listed = [{ apiKey: 18, minVersion: 0, maxVersion: 4 }, { apiKey: 0, minVersion: 0, maxVersion: 11 }];
const noFeatures = {
  supportedFeatures: [],
  finalizedFeaturesEpoch: -1,
  finalizedFeatures: [],
  zkMigrationReady: false,
};

holds(
  ApiVersionsResponse,
  0,
  ["0023", "00000002", "0012 0000 0004", "0000 0000 000b"],
  { errorCode: 35, apiKeys: listed },
  { errorCode: 35, apiKeys: listed, throttleTimeMs: 0, ...noFeatures },
);

holds(
  ApiVersionsResponse,
  3,
  [
    "0000",
    "03", // 2 + 1 elements
    "0012 0000 0004 00", // each with its own section of tagged fields
    "0000 0000 000b 00",
    "00000000",
    "02", // two tagged fields
    "00 0b", // tag 0, 11 bytes: supported features
    "02 05 66656174 0000 0001 00", // one: "feat", 0 to 1
    "01 08 0000000000000007", // tag 1, 8 bytes: epoch
  ],
  {
    errorCode: 0,
    apiKeys: listed,
    supportedFeatures: [{ name: "feat", minVersion: 0, maxVersion: 1 }],
    finalizedFeaturesEpoch: 7,
  },
  {
    errorCode: 0,
    apiKeys: listed,
    throttleTimeMs: 0,
    ...noFeatures,
    supportedFeatures: [{ name: "feat", minVersion: 0, maxVersion: 1 }],
    finalizedFeaturesEpoch: 7,
  },
);

const askedWith = {
  allowAutoTopicCreation: true,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
};

holds(MetadataRequest, 1, ["ffffffff"], { topics: null }, { topics: null, ...askedWith });

holds(
  MetadataRequest,
  1,
  ["00000001", "0006 6f7264657273"],
  { topics: [{ name: "orders" }] },
  { topics: [{ topicId: ZERO_UUID, name: "orders" }], ...askedWith },
);

holds(
  MetadataRequest,
  12,
  [
    "02", // 1 + 1
    "0102030405060708090a0b0c0d0e0f10 00 00", // id, null name, no tagged fields
    "01", // may be created
    "00", // topic operations
    "00", // no tagged fields
  ],
  { topics: [{ topicId: TOPIC_ID, name: null }] },
  { topics: [{ topicId: TOPIC_ID, name: null }], ...askedWith },
);

holds(
  MetadataResponse,
  1,
  [
    "00000001", // one broker
    "00000001 0004 686f7374 00002384 ffff", // 1, "host", 9092, no rack
    "00000001", // controller
    "00000001", // one topic
    "0000 0001 74 00", // no error, "t", not internal
    "00000001", // one partition
    "0000 00000000 00000001", // no error, 0, leader 1
    "00000001 00000001", // replicas
    "00000001 00000001", // in sync
  ],
  {
    brokers: [{ nodeId: 1, host: "host", port: 9092 }],
    controllerId: 1,
    topics: [{
      errorCode: 0,
      name: "t",
      partitions: [{ errorCode: 0, partitionIndex: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] }],
    }],
  },
  {
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: "host", port: 9092, rack: null }],
    clusterId: null,
    controllerId: 1,
    topics: [{
      errorCode: 0,
      name: "t",
      topicId: ZERO_UUID,
      isInternal: false,
      partitions: [{
        errorCode: 0,
        partitionIndex: 0,
        leaderId: 1,
        leaderEpoch: -1,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      }],
      topicAuthorizedOperations: -2147483648,
    }],
    clusterAuthorizedOperations: -2147483648,
    errorCode: 0,
  },
);

const batch = Uint8Array.of(1, 2, 3);

for (
  const { version, bytes } of [
    {
      version: 3,
      bytes: [
        "ffff", // no transactional id
        "ffff", // acks -1
        "00007530", // 30,000 ms
        "00000001 0001 74", // one topic, "t"
        "00000001 00000002", // one partition, 2
        "00000003 010203", // records
      ],
    },
    {
      version: 9,
      bytes: ["00", "ffff", "00007530", "02 02 74", "02 00000002", "04 010203", "00", "00", "00"],
    },
  ]
) {
  holds(
    ProduceRequest,
    version,
    bytes,
    {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: "t", partitionData: [{ index: 2, records: batch }] }],
    },
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: "t", topicId: ZERO_UUID, partitionData: [{ index: 2, records: batch }] }],
      wantsDurability: false,
    },
  );
}

holds(
  ProduceRequest,
  13,
  [
    "00 0001 000003e8",
    "02 0102030405060708090a0b0c0d0e0f10", // the id in the place of the name
    "02 00000000 00 00", // null records
    "00",
    "00",
  ],
  {
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ topicId: TOPIC_ID, partitionData: [{ index: 0, records: null }] }],
  },
  {
    transactionalId: null,
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ name: "", topicId: TOPIC_ID, partitionData: [{ index: 0, records: null }] }],
    wantsDurability: false,
  },
);

holds(
  ProduceRequest,
  11,
  ["00 0000 000003e8", "01", "01 e99a01 01 01"], // no topics; tag 0x4d69, 1 byte: true
  { acks: 0, timeoutMs: 1000, topicData: [], wantsDurability: true },
  { transactionalId: null, acks: 0, timeoutMs: 1000, topicData: [], wantsDurability: true },
);

const answered = {
  index: 0,
  errorCode: 0,
  baseOffset: 2 ** 32 + 1,
  logAppendTimeMs: -1,
  logStartOffset: 5,
  recordErrors: [],
  errorMessage: null,
};

holds(
  ProduceResponse,
  7,
  [
    "00000001 0001 74 00000001",
    "00000000 0000 0000000100000001 ffffffffffffffff 0000000000000005",
    "00000000", // throttle time: at the end, unlike in all other responses
  ],
  { responses: [{ name: "t", partitionResponses: [answered] }] },
  {
    responses: [{
      name: "t",
      topicId: ZERO_UUID,
      partitionResponses: [{ ...answered, currentLeader: { leaderId: -1, leaderEpoch: -1 }, durability: 0 }],
    }],
    throttleTimeMs: 0,
    nodeEndpoints: [],
  },
);

holds(
  ProduceResponse,
  9,
  [
    "02 02 74 02",
    "00000000 0000 0000000100000001 ffffffffffffffff 0000000000000005",
    "01 00", // no record errors, no message
    "01 e99a01 01 02", // tag 0x4d69, 1 byte: on disk
    "00", // topic
    "00000000",
    "00",
  ],
  { responses: [{ name: "t", partitionResponses: [{ ...answered, durability: 2 }] }] },
  {
    responses: [{
      name: "t",
      topicId: ZERO_UUID,
      partitionResponses: [{ ...answered, currentLeader: { leaderId: -1, leaderEpoch: -1 }, durability: 2 }],
    }],
    throttleTimeMs: 0,
    nodeEndpoints: [],
  },
);

holds(
  ProduceResponse,
  10,
  [
    "02 02 74 02",
    "00000000 0006 0000000100000001 ffffffffffffffff 0000000000000005",
    "01 00", // no record errors, no message
    "01 00 09 00000002 00000003 00", // tag 0, 9 bytes: leader 2, epoch 3, no tagged fields within
    "00", // topic
    "00000000",
    "01 00 0e", // tag 0, 14 bytes: where nodes can be reached
    "02 00000002 03 6832 00002384 00 00", // 2, "h2", 9092, no rack
  ],
  {
    responses: [{
      name: "t",
      partitionResponses: [{ ...answered, errorCode: 6, currentLeader: { leaderId: 2, leaderEpoch: 3 } }],
    }],
    nodeEndpoints: [{ nodeId: 2, host: "h2", port: 9092 }],
  },
  {
    responses: [{
      name: "t",
      topicId: ZERO_UUID,
      partitionResponses: [{
        ...answered,
        errorCode: 6,
        currentLeader: { leaderId: 2, leaderEpoch: 3 },
        durability: 0,
      }],
    }],
    throttleTimeMs: 0,
    nodeEndpoints: [{ nodeId: 2, host: "h2", port: 9092, rack: null }],
  },
);

holds(
  FetchRequest,
  4,
  [
    "ffffffff 000001f4 00000001 00100000 00", // a consumer, 500 ms, 1 byte, 1 MiB, read uncommitted
    "00000001 0001 74",
    "00000001 00000000 0000000000000007 00008000", // partition 0 from 7, 32 KiB
  ],
  {
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1_048_576,
    topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 7, partitionMaxBytes: 32_768 }] }],
  },
  {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 500,
    minBytes: 1,
    maxBytes: 1_048_576,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{
      topic: "t",
      topicId: ZERO_UUID,
      partitions: [{
        partition: 0,
        currentLeaderEpoch: -1,
        fetchOffset: 7,
        lastFetchedEpoch: -1,
        logStartOffset: -1,
        partitionMaxBytes: 32_768,
        replicaDirectoryId: ZERO_UUID,
        highWatermark: 2 ** 63,
      }],
    }],
    forgottenTopicsData: [],
    rackId: "",
  },
);

holds(
  FetchResponse,
  12,
  [
    "00000000 0000 00000000", // throttle, error, session
    "02 02 74 02",
    "00000000 0000", // partition 0, no error
    "0000000000000009 0000000000000009 0000000000000000", // high watermark, last stable, start
    "00", // aborted transactions: null
    "ffffffff", // no preferred replica
    "04 010203", // records
    "01 01 09 00000002 00000003 00", // tag 1: current leader
    "00 00",
  ],
  {
    responses: [{
      topic: "t",
      partitions: [{
        partitionIndex: 0,
        errorCode: 0,
        highWatermark: 9,
        lastStableOffset: 9,
        logStartOffset: 0,
        abortedTransactions: null,
        records: batch,
        currentLeader: { leaderId: 2, leaderEpoch: 3 },
      }],
    }],
  },
  {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: 0,
    responses: [{
      topic: "t",
      topicId: ZERO_UUID,
      partitions: [{
        partitionIndex: 0,
        errorCode: 0,
        highWatermark: 9,
        lastStableOffset: 9,
        logStartOffset: 0,
        divergingEpoch: { epoch: -1, endOffset: -1 },
        currentLeader: { leaderId: 2, leaderEpoch: 3 },
        snapshotId: { endOffset: -1, epoch: -1 },
        abortedTransactions: null,
        preferredReadReplica: -1,
        records: batch,
      }],
    }],
    nodeEndpoints: [],
  },
);

holds(
  ListOffsetsRequest,
  1,
  ["ffffffff", "00000001 0001 74", "00000001 00000000 fffffffffffffffe"],
  { replicaId: -1, topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp: -2 }] }] },
  {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -2 }] }],
    timeoutMs: 0,
  },
);

const creation = {
  topics: [{
    name: "t",
    numPartitions: 3,
    replicationFactor: -1,
    assignments: [],
    configs: [{ name: "k", value: "v" }, { name: "n", value: null }],
  }],
  timeoutMs: 60_000,
  validateOnly: true,
};

holds(
  CreateTopicsRequest,
  4,
  [
    "00000001 0001 74 00000003 ffff 00000000",
    "00000002 0001 6b 0001 76 0001 6e ffff",
    "0000ea60 01",
  ],
  creation,
  creation,
);

holds(
  CreateTopicsRequest,
  5,
  ["02 02 74 00000003 ffff 01", "03 02 6b 02 76 00 02 6e 00 00", "00", "0000ea60 01", "00"],
  creation,
  creation,
);

holds(
  DeleteTopicsRequest,
  5,
  ["03 02 61 02 62", "000003e8", "00"],
  { topicNames: ["a", "b"], timeoutMs: 1000 },
  { topics: [], topicNames: ["a", "b"], timeoutMs: 1000 },
);

holds(
  DeleteTopicsRequest,
  6,
  ["02 00 0102030405060708090a0b0c0d0e0f10 00", "000003e8", "00"],
  { topics: [{ name: null, topicId: TOPIC_ID }], timeoutMs: 1000 },
  { topics: [{ name: null, topicId: TOPIC_ID }], topicNames: [], timeoutMs: 1000 },
);

holds(
  InitProducerIdRequest,
  4,
  ["00", "7fffffff", "ffffffffffffffff", "ffff", "00"],
  { transactionalId: null, transactionTimeoutMs: 2_147_483_647 },
  {
    transactionalId: null,
    transactionTimeoutMs: 2_147_483_647,
    producerId: -1,
    producerEpoch: -1,
    enable2Pc: false,
    keepPreparedTxn: false,
  },
);
