/**
 * The admin part of Confluent's v3 API. A dash in a path stands for all topics, so its routes come before those that would
 * take it for a name.
 * @module
 */
import type { Route } from "../route.ts";
import { aclRoutes } from "./acl_routes.ts";
import { brokerRoutes } from "./broker_routes.ts";
import { clusterRoutes } from "./cluster_routes.ts";
import { configRoutes } from "./config_routes.ts";
import { groupOffsetRoutes } from "./group_offset_routes.ts";
import { groupRoutes } from "./group_routes.ts";
import { lagRoutes } from "./lag_routes.ts";
import { partitionRoutes } from "./partition_routes.ts";
import { reassignmentRoutes } from "./reassignment_routes.ts";
import { recordRoutes } from "./record_routes.ts";
import { v3TopicRoutes } from "./topic_routes.ts";

export const adminRoutes: readonly Route[] = [
  ...clusterRoutes,
  ...reassignmentRoutes,
  ...configRoutes,
  ...v3TopicRoutes,
  ...partitionRoutes,
  ...recordRoutes,
  ...brokerRoutes,
  ...groupRoutes,
  ...lagRoutes,
  ...groupOffsetRoutes,
  ...aclRoutes,
];
