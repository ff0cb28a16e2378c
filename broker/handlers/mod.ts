/**
 * All that this broker serves.
 * @module
 */
import { produceHandler } from "./00_produce.ts";
import { fetchHandler } from "./01_fetch.ts";
import { listOffsetsHandler } from "./02_list_offsets.ts";
import { metadataHandler } from "./03_metadata.ts";
import { apiVersionsHandler } from "./18_api_versions.ts";
import { createTopicsHandler } from "./19_create_topics.ts";
import { deleteTopicsHandler } from "./20_delete_topics.ts";
import { deleteRecordsHandler } from "./21_delete_records.ts";
import { initProducerIdHandler } from "./22_init_producer_id.ts";
import { offsetForLeaderEpochHandler } from "./23_offset_for_leader_epoch.ts";
import { describeAclsHandler } from "./29_describe_acls.ts";
import { createAclsHandler } from "./30_create_acls.ts";
import { deleteAclsHandler } from "./31_delete_acls.ts";
import { describeConfigsHandler } from "./32_describe_configs.ts";
import { alterConfigsHandler } from "./33_alter_configs.ts";
import { describeLogDirsHandler } from "./35_describe_log_dirs.ts";
import { createPartitionsHandler } from "./37_create_partitions.ts";
import { electLeadersHandler } from "./43_elect_leaders.ts";
import { incrementalAlterConfigsHandler } from "./44_incremental_alter_configs.ts";
import { alterPartitionReassignmentsHandler } from "./45_alter_partition_reassignments.ts";
import { listPartitionReassignmentsHandler } from "./46_list_partition_reassignments.ts";
import { describeClientQuotasHandler } from "./48_describe_client_quotas.ts";
import { updateFeaturesHandler } from "./57_update_features.ts";
import { describeClusterHandler } from "./60_describe_cluster.ts";
import { listConfigResourcesHandler } from "./74_list_config_resources.ts";
import { describeTopicPartitionsHandler } from "./75_describe_topic_partitions.ts";
import type { ApiHandler } from "./api_handler.ts";

export const handlers: ReadonlyMap<number, ApiHandler> = new Map(
  [
    produceHandler,
    fetchHandler,
    listOffsetsHandler,
    metadataHandler,
    apiVersionsHandler,
    createTopicsHandler,
    deleteTopicsHandler,
    deleteRecordsHandler,
    initProducerIdHandler,
    offsetForLeaderEpochHandler,
    describeAclsHandler,
    createAclsHandler,
    deleteAclsHandler,
    describeConfigsHandler,
    alterConfigsHandler,
    describeLogDirsHandler,
    createPartitionsHandler,
    electLeadersHandler,
    incrementalAlterConfigsHandler,
    alterPartitionReassignmentsHandler,
    listPartitionReassignmentsHandler,
    describeClientQuotasHandler,
    updateFeaturesHandler,
    describeClusterHandler,
    listConfigResourcesHandler,
    describeTopicPartitionsHandler,
  ].map((handler) => [handler.api.key, handler]),
);
