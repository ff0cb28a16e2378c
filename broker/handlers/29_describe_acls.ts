/**
 * DescribeAcls: access rules. This version keeps none, and says what a Kafka without an authorizer says: SECURITY_DISABLED.
 *
 * Served all the same: kafka-python takes a broker without it for an old one, and speaks to it as to one.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { noAuthorizer } from "../metadata/no_authorizer.ts";
import { apiHandler } from "./api_handler.ts";

export const describeAclsHandler = apiHandler(
  api.DescribeAcls,
  { from: 1, to: 3 },
  () => ({ throttleTimeMs: 0, ...noAuthorizer, resources: [] }),
);
