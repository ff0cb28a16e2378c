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
import { OffsetCommitRequest, OffsetCommitResponse } from "./messages/08_offset_commit.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "./messages/09_offset_fetch.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "./messages/10_find_coordinator.ts";
import { JoinGroupRequest, JoinGroupResponse } from "./messages/11_join_group.ts";
import { HeartbeatRequest, HeartbeatResponse } from "./messages/12_heartbeat.ts";
import { LeaveGroupRequest, LeaveGroupResponse } from "./messages/13_leave_group.ts";
import { SyncGroupRequest, SyncGroupResponse } from "./messages/14_sync_group.ts";
import { DescribeGroupsRequest, DescribeGroupsResponse } from "./messages/15_describe_groups.ts";
import { ListGroupsRequest, ListGroupsResponse } from "./messages/16_list_groups.ts";
import { SaslHandshakeRequest, SaslHandshakeResponse } from "./messages/17_sasl_handshake.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "./messages/18_api_versions.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "./messages/19_create_topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "./messages/20_delete_topics.ts";
import { DeleteRecordsRequest, DeleteRecordsResponse } from "./messages/21_delete_records.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "./messages/22_init_producer_id.ts";
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from "./messages/23_offset_for_leader_epoch.ts";
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from "./messages/24_add_partitions_to_txn.ts";
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from "./messages/25_add_offsets_to_txn.ts";
import { EndTxnRequest, EndTxnResponse } from "./messages/26_end_txn.ts";
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from "./messages/28_txn_offset_commit.ts";
import { DescribeAclsRequest, DescribeAclsResponse } from "./messages/29_describe_acls.ts";
import { CreateAclsRequest, CreateAclsResponse } from "./messages/30_create_acls.ts";
import { DeleteAclsRequest, DeleteAclsResponse } from "./messages/31_delete_acls.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "./messages/32_describe_configs.ts";
import { AlterConfigsRequest, AlterConfigsResponse } from "./messages/33_alter_configs.ts";
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from "./messages/35_describe_log_dirs.ts";
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from "./messages/36_sasl_authenticate.ts";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "./messages/37_create_partitions.ts";
import { DeleteGroupsRequest, DeleteGroupsResponse } from "./messages/42_delete_groups.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "./messages/43_elect_leaders.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "./messages/44_incremental_alter_configs.ts";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "./messages/45_alter_partition_reassignments.ts";
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "./messages/46_list_partition_reassignments.ts";
import { OffsetDeleteRequest, OffsetDeleteResponse } from "./messages/47_offset_delete.ts";
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from "./messages/48_describe_client_quotas.ts";
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from "./messages/57_update_features.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "./messages/60_describe_cluster.ts";
import { DescribeProducersRequest, DescribeProducersResponse } from "./messages/61_describe_producers.ts";
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from "./messages/65_describe_transactions.ts";
import { ListTransactionsRequest, ListTransactionsResponse } from "./messages/66_list_transactions.ts";
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "./messages/68_consumer_group_heartbeat.ts";
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "./messages/69_consumer_group_describe.ts";
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from "./messages/74_list_config_resources.ts";
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "./messages/75_describe_topic_partitions.ts";

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
  OffsetCommit: pair("OffsetCommit", OffsetCommitRequest, OffsetCommitResponse),
  OffsetFetch: pair("OffsetFetch", OffsetFetchRequest, OffsetFetchResponse),
  FindCoordinator: pair("FindCoordinator", FindCoordinatorRequest, FindCoordinatorResponse),
  JoinGroup: pair("JoinGroup", JoinGroupRequest, JoinGroupResponse),
  Heartbeat: pair("Heartbeat", HeartbeatRequest, HeartbeatResponse),
  LeaveGroup: pair("LeaveGroup", LeaveGroupRequest, LeaveGroupResponse),
  SyncGroup: pair("SyncGroup", SyncGroupRequest, SyncGroupResponse),
  DescribeGroups: pair("DescribeGroups", DescribeGroupsRequest, DescribeGroupsResponse),
  ListGroups: pair("ListGroups", ListGroupsRequest, ListGroupsResponse),
  SaslHandshake: pair("SaslHandshake", SaslHandshakeRequest, SaslHandshakeResponse),
  ApiVersions: pair("ApiVersions", ApiVersionsRequest, ApiVersionsResponse),
  CreateTopics: pair("CreateTopics", CreateTopicsRequest, CreateTopicsResponse),
  DeleteTopics: pair("DeleteTopics", DeleteTopicsRequest, DeleteTopicsResponse),
  DeleteRecords: pair("DeleteRecords", DeleteRecordsRequest, DeleteRecordsResponse),
  InitProducerId: pair("InitProducerId", InitProducerIdRequest, InitProducerIdResponse),
  OffsetForLeaderEpoch: pair(
    "OffsetForLeaderEpoch",
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
  ),
  AddPartitionsToTxn: pair("AddPartitionsToTxn", AddPartitionsToTxnRequest, AddPartitionsToTxnResponse),
  AddOffsetsToTxn: pair("AddOffsetsToTxn", AddOffsetsToTxnRequest, AddOffsetsToTxnResponse),
  EndTxn: pair("EndTxn", EndTxnRequest, EndTxnResponse),
  TxnOffsetCommit: pair("TxnOffsetCommit", TxnOffsetCommitRequest, TxnOffsetCommitResponse),
  DescribeAcls: pair("DescribeAcls", DescribeAclsRequest, DescribeAclsResponse),
  CreateAcls: pair("CreateAcls", CreateAclsRequest, CreateAclsResponse),
  DeleteAcls: pair("DeleteAcls", DeleteAclsRequest, DeleteAclsResponse),
  DescribeConfigs: pair("DescribeConfigs", DescribeConfigsRequest, DescribeConfigsResponse),
  AlterConfigs: pair("AlterConfigs", AlterConfigsRequest, AlterConfigsResponse),
  DescribeLogDirs: pair("DescribeLogDirs", DescribeLogDirsRequest, DescribeLogDirsResponse),
  SaslAuthenticate: pair("SaslAuthenticate", SaslAuthenticateRequest, SaslAuthenticateResponse),
  CreatePartitions: pair("CreatePartitions", CreatePartitionsRequest, CreatePartitionsResponse),
  DeleteGroups: pair("DeleteGroups", DeleteGroupsRequest, DeleteGroupsResponse),
  ElectLeaders: pair("ElectLeaders", ElectLeadersRequest, ElectLeadersResponse),
  IncrementalAlterConfigs: pair(
    "IncrementalAlterConfigs",
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
  ),
  AlterPartitionReassignments: pair(
    "AlterPartitionReassignments",
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
  ),
  ListPartitionReassignments: pair(
    "ListPartitionReassignments",
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
  ),
  OffsetDelete: pair("OffsetDelete", OffsetDeleteRequest, OffsetDeleteResponse),
  DescribeClientQuotas: pair(
    "DescribeClientQuotas",
    DescribeClientQuotasRequest,
    DescribeClientQuotasResponse,
  ),
  UpdateFeatures: pair("UpdateFeatures", UpdateFeaturesRequest, UpdateFeaturesResponse),
  DescribeCluster: pair("DescribeCluster", DescribeClusterRequest, DescribeClusterResponse),
  DescribeProducers: pair("DescribeProducers", DescribeProducersRequest, DescribeProducersResponse),
  DescribeTransactions: pair(
    "DescribeTransactions",
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
  ),
  ListTransactions: pair("ListTransactions", ListTransactionsRequest, ListTransactionsResponse),
  ConsumerGroupHeartbeat: pair(
    "ConsumerGroupHeartbeat",
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
  ),
  ConsumerGroupDescribe: pair(
    "ConsumerGroupDescribe",
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
  ),
  ListConfigResources: pair("ListConfigResources", ListConfigResourcesRequest, ListConfigResourcesResponse),
  DescribeTopicPartitions: pair(
    "DescribeTopicPartitions",
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
  ),
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
