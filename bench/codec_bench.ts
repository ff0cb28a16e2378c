/**
 * The codec on the path of every request: headers, a produce request read, answers written and read.
 *
 * The values are those of one ordinary client: Produce v7 with one partition (kafkajs, older librdkafka) and v9 in the
 * flexible encoding, Metadata of 100 topics with one partition each, Fetch of one partition.
 * @module
 */
import { createHash } from "node:crypto";
import type { InputOf } from "../protocol/codec.ts";
import { decodeRequestHeader, encodeRequestHeader } from "../protocol/header.ts";
import { ProduceRequest, ProduceResponse } from "../protocol/messages/00_produce.ts";
import { FetchRequest, FetchResponse } from "../protocol/messages/01_fetch.ts";
import { MetadataResponse } from "../protocol/messages/03_metadata.ts";
import { Reader, Writer } from "../protocol/primitives.ts";

const TOPICS = 100;
const BATCH_BYTES = 16 * 1024;

const header = { apiKey: 0, apiVersion: 9, correlationId: 12_345, clientId: "rdkafka" };

const produceRequest: InputOf<typeof ProduceRequest> = {
  acks: -1,
  timeoutMs: 30_000,
  topicData: [{
    name: "orders.created",
    partitionData: [{ index: 3, records: new Uint8Array(BATCH_BYTES).fill(7) }],
  }],
};

const produceResponse: InputOf<typeof ProduceResponse> = {
  responses: [{
    name: "orders.created",
    partitionResponses: [{ index: 3, errorCode: 0, baseOffset: 1_234_567, logStartOffset: 0 }],
  }],
};

const fetchRequest: InputOf<typeof FetchRequest> = {
  maxWaitMs: 500,
  minBytes: 1,
  topics: [{
    topic: "orders.created",
    partitions: [{ partition: 3, fetchOffset: 1_234_567, partitionMaxBytes: 1_048_576 }],
  }],
};

const fetchResponse: InputOf<typeof FetchResponse> = {
  responses: [{
    topic: "orders.created",
    partitions: [{
      partitionIndex: 3,
      errorCode: 0,
      highWatermark: 1_234_600,
      lastStableOffset: 1_234_600,
      logStartOffset: 0,
      abortedTransactions: null,
      records: { length: BATCH_BYTES },
    }],
  }],
};

function metadataResponse(topics: number): InputOf<typeof MetadataResponse> {
  return {
    brokers: [{ nodeId: 1, host: "broker-1.example.com", port: 9092 }],
    clusterId: "x3xYOq4bTPCFOWtsPCrXjQ",
    controllerId: 1,
    topics: Array.from({ length: topics }, (_, index) => ({
      errorCode: 0,
      name: `topic-${index}`,
      topicId: "AQIDBAUGBwgJCgsMDQ4PEA",
      partitions: [{
        errorCode: 0,
        partitionIndex: 0,
        leaderId: 1,
        leaderEpoch: 0,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      }],
    })),
  };
}

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.bytes();
}

/** Each returns something made of what it did, so that no compiler may leave the work out. */
interface Work {
  readonly group: string;
  readonly name: string;
  readonly run: () => number;
}

function works(topics: number): Work[] {
  const writer = new Writer(64 * 1024);
  const written = (write: () => void) => {
    writer.reset();
    write();
    return writer.position;
  };
  const headerBytes = bytesOf((w) => encodeRequestHeader(w, 2, header));
  const oldProduce = bytesOf((w) => ProduceRequest.encode(w, 7, produceRequest));
  const newProduce = bytesOf((w) => ProduceRequest.encode(w, 9, produceRequest));
  const fetch = bytesOf((w) => FetchRequest.encode(w, 12, fetchRequest));
  const metadata = metadataResponse(topics);
  const oldMetadata = bytesOf((w) => MetadataResponse.encode(w, 8, metadata));
  const newMetadata = bytesOf((w) => MetadataResponse.encode(w, 12, metadata));
  const reader = new Reader(headerBytes);
  const from = (bytes: Uint8Array) => {
    reader.reset(bytes);
    return reader;
  };
  return [
    {
      group: "header",
      name: "request header, decode",
      run: () => decodeRequestHeader(from(headerBytes)).correlationId,
    },
    {
      group: "header",
      name: "request header, encode",
      run: () => written(() => encodeRequestHeader(writer, 2, header)),
    },
    {
      group: "produce request decode",
      name: "v7, one partition",
      run: () => ProduceRequest.decode(from(oldProduce), 7).topicData[0]!.partitionData[0]!.records!.length,
    },
    {
      group: "produce request decode",
      name: "v9, one partition",
      run: () => ProduceRequest.decode(from(newProduce), 9).topicData[0]!.partitionData[0]!.records!.length,
    },
    {
      group: "produce response encode",
      name: "v7, one partition",
      run: () => written(() => ProduceResponse.encode(writer, 7, produceResponse)),
    },
    {
      group: "produce response encode",
      name: "v9, one partition",
      run: () => written(() => ProduceResponse.encode(writer, 9, produceResponse)),
    },
    {
      group: "fetch",
      name: "request v12 decode, one partition",
      run: () => FetchRequest.decode(from(fetch), 12).topics[0]!.partitions[0]!.fetchOffset,
    },
    {
      group: "fetch",
      name: "response v12 encode, one partition",
      run: () => written(() => FetchResponse.encode(writer, 12, fetchResponse)),
    },
    {
      group: "metadata response encode",
      name: `v8, ${topics} topics`,
      run: () => written(() => MetadataResponse.encode(writer, 8, metadata)),
    },
    {
      group: "metadata response encode",
      name: `v12, ${topics} topics`,
      run: () => written(() => MetadataResponse.encode(writer, 12, metadata)),
    },
    {
      group: "metadata response decode",
      name: `v8, ${topics} topics`,
      run: () => MetadataResponse.decode(from(oldMetadata), 8).topics.length,
    },
    {
      group: "metadata response decode",
      name: `v12, ${topics} topics`,
      run: () => MetadataResponse.decode(from(newMetadata), 12).topics.length,
    },
  ];
}

for (const { group, name, run } of works(TOPICS)) {
  Deno.bench({
    group,
    name,
    fn: () => {
      run();
    },
  });
}

/** The same at a tiny size: a digest of what each work gave and of the bytes it wrote. */
export function smoke(): string {
  const hash = createHash("sha256");
  for (const { name, run } of works(2)) hash.update(`${name} ${run()}\n`);
  hash.update(bytesOf((w) => ProduceRequest.encode(w, 9, produceRequest)));
  hash.update(bytesOf((w) => FetchResponse.encode(w, 12, fetchResponse)));
  hash.update(bytesOf((w) => MetadataResponse.encode(w, 12, metadataResponse(2))));
  return hash.digest("hex");
}
