/**
 * DeleteAcls: refused filter by filter, as there are no access rules: see DescribeAcls.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { noAuthorizer } from "../metadata/no_authorizer.ts";
import { apiHandler } from "./api_handler.ts";

export const deleteAclsHandler = apiHandler(
  api.DeleteAcls,
  { from: 1, to: 3 },
  (_broker, { filters }) => ({
    throttleTimeMs: 0,
    filterResults: filters.map(() => ({ ...noAuthorizer, matchingAcls: [] })),
  }),
);
