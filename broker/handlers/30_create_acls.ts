/**
 * CreateAcls: refused one by one, as there is nobody who would go by them: see DescribeAcls.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { noAuthorizer } from "../metadata/no_authorizer.ts";
import { apiHandler } from "./api_handler.ts";

export const createAclsHandler = apiHandler(
  api.CreateAcls,
  { from: 1, to: 3 },
  (_broker, { creations }) => ({ throttleTimeMs: 0, results: creations.map(() => noAuthorizer) }),
);
