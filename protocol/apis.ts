/**
 * The APIs this program has tables for, by key. Which of their versions a broker serves is declared by its handlers;
 * here is what can be read and written.
 * @module
 */
import type { MessageCodec } from "./codec.ts";
import { ProduceRequest, ProduceResponse } from "./messages/00_produce.ts";
import { FetchRequest, FetchResponse } from "./messages/01_fetch.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "./messages/02_list_offsets.ts";
import { MetadataRequest, MetadataResponse } from "./messages/03_metadata.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "./messages/18_api_versions.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "./messages/19_create_topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "./messages/20_delete_topics.ts";
import { DeleteRecordsRequest, DeleteRecordsResponse } from "./messages/21_delete_records.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "./messages/22_init_producer_id.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "./messages/60_describe_cluster.ts";

/** A request and its response. */
export interface Api<Request, RequestInput, Response, ResponseInput> {
  readonly key: number;
  /** "Produce", "Fetch", … */
  readonly name: string;
  readonly request: MessageCodec<Request, RequestInput>;
  readonly response: MessageCodec<Response, ResponseInput>;
  /** 2 where the request is flexible, 1 elsewhere; also for versions that the table does not have. */
  requestHeaderVersion(version: number): 1 | 2;
  /** 1 where the response is flexible, 0 elsewhere; for ApiVersions always 0, whose reader does not know the version yet. */
  responseHeaderVersion(version: number): 0 | 1;
}

/** Any API, for code that handles all alike. What it decodes is of unknown type. */
export type AnyApi = Api<unknown, never, unknown, never>;

export const API_VERSIONS_KEY = 18;

/** By name, with types: `api.Produce.request.decode(…)`. */
export const api = {
  Produce: pair("Produce", ProduceRequest, ProduceResponse),
  Fetch: pair("Fetch", FetchRequest, FetchResponse),
  ListOffsets: pair("ListOffsets", ListOffsetsRequest, ListOffsetsResponse),
  Metadata: pair("Metadata", MetadataRequest, MetadataResponse),
  ApiVersions: pair("ApiVersions", ApiVersionsRequest, ApiVersionsResponse),
  CreateTopics: pair("CreateTopics", CreateTopicsRequest, CreateTopicsResponse),
  DeleteTopics: pair("DeleteTopics", DeleteTopicsRequest, DeleteTopicsResponse),
  DeleteRecords: pair("DeleteRecords", DeleteRecordsRequest, DeleteRecordsResponse),
  InitProducerId: pair("InitProducerId", InitProducerIdRequest, InitProducerIdResponse),
  DescribeCluster: pair("DescribeCluster", DescribeClusterRequest, DescribeClusterResponse),
} as const;

/** By key. */
export const apis: ReadonlyMap<number, AnyApi> = new Map(
  Object.values(api).map((each): [number, AnyApi] => [each.key, each]),
);

function pair<Request, RequestInput, Response, ResponseInput>(
  name: string,
  request: MessageCodec<Request, RequestInput>,
  response: MessageCodec<Response, ResponseInput>,
): Api<Request, RequestInput, Response, ResponseInput> {
  const oldResponseHeader = request.apiKey === API_VERSIONS_KEY;
  return {
    key: request.apiKey,
    name,
    request,
    response,
    requestHeaderVersion: (version) => request.isFlexible(version) ? 2 : 1,
    responseHeaderVersion: (version) => !oldResponseHeader && response.isFlexible(version) ? 1 : 0,
  };
}
