/**
 * Access rules in the shapes of the v3 API, for clusters that have them. Milena has none yet, and says so.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import {
  type Acl,
  ACL_OPERATIONS,
  ACL_PATTERN_TYPES,
  ACL_PERMISSIONS,
  ACL_RESOURCE_TYPES,
  createAcl,
  deleteAcls,
  describeAcls,
} from "../../../client/admin/acls.ts";
import { readJsonBody } from "../json_body.ts";
import { choice, type ParameterValues, readQuery, required, text } from "../parameter.ts";
import { json, type Route, type Services } from "../route.ts";
import { Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, jsonBody, v3Route } from "./v3_route.ts";

const members = {
  resource_type: v.picklist(ACL_RESOURCE_TYPES),
  resource_name: v.string(),
  pattern_type: v.picklist(ACL_PATTERN_TYPES),
  principal: v.string(),
  host: v.string(),
  operation: v.picklist(ACL_OPERATIONS),
  permission: v.picklist(ACL_PERMISSIONS),
};

const kafkaAcl = new Resource("KafkaAcl", members);
const newAcl = v.pipe(v.strictObject(members), v.title("NewAcl"));
const deletedAcls = v.pipe(v.strictObject({ data: v.array(kafkaAcl.schema) }), v.title("DeletedAcls"));

const filter = {
  resource_type: choice(ACL_RESOURCE_TYPES, { description: "what the rule is about" }),
  resource_name: text({ description: "the name of that" }),
  pattern_type: choice(ACL_PATTERN_TYPES, { description: "how the name is meant" }),
  principal: text({ description: "whom it is about, like User:alice" }),
  host: text({ description: "from where" }),
  operation: choice(ACL_OPERATIONS, { description: "what they do" }),
  permission: choice(ACL_PERMISSIONS, { description: "whether they may" }),
};

/** What is deleted must be said, so that no misspelt request deletes them all. */
const deletionFilter = {
  ...filter,
  resource_type: required(filter.resource_type),
  pattern_type: required(filter.pattern_type),
  operation: required(filter.operation),
  permission: required(filter.permission),
};

const ABSENT = "A broker without access control, as Milena is, answers 409 with code 40905.";

export const aclRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/acls",
    tag: "cluster",
    summary: "the access rules that fit",
    description: ABSENT,
    query: filter,
    answers: { 200: answered("Rules.", kafkaAcl.listSchema) },
    async handle(scope, { req }, { gateway: { cluster } }) {
      const acls = await describeAcls(cluster, filterOf(readQuery(req.url, filter)));
      return kafkaAcl.list(req.url, acls.map((acl) => shapeOf(scope, acl)));
    },
  }),
  v3Route({
    method: "POST",
    path: "/acls",
    tag: "cluster",
    summary: "make an access rule",
    description: ABSENT,
    body: jsonBody(newAcl, "The rule.", {
      resource_type: "TOPIC",
      resource_name: "orders",
      pattern_type: "LITERAL",
      principal: "User:alice",
      host: "*",
      operation: "READ",
      permission: "ALLOW",
    }),
    answers: { 201: { description: "There is such a rule now." } },
    handle: create,
  }),
  v3Route({
    method: "DELETE",
    path: "/acls",
    tag: "cluster",
    summary: "delete the access rules that fit",
    description: ABSENT,
    query: deletionFilter,
    answers: { 200: answered("The rules that were deleted.", deletedAcls) },
    async handle(scope, { req }, { gateway: { cluster } }) {
      const acls = await deleteAcls(cluster, filterOf(readQuery(req.url, deletionFilter)));
      return json({ data: acls.map((acl) => shapeOf(scope, acl)) });
    },
  }),
];

async function create(
  _scope: Scope,
  { req }: Context,
  { gateway: { cluster }, body }: Services,
): Promise<Response> {
  const acl = await readJsonBody(req.raw, body, newAcl);
  await createAcl(cluster, {
    resourceType: acl.resource_type,
    resourceName: acl.resource_name,
    patternType: acl.pattern_type,
    principal: acl.principal,
    host: acl.host,
    operation: acl.operation,
    permission: acl.permission,
  });
  return new Response(null, { status: 201 });
}

function filterOf(query: ParameterValues<typeof filter>) {
  return {
    resourceType: query.resource_type,
    resourceName: query.resource_name,
    patternType: query.pattern_type,
    principal: query.principal,
    host: query.host,
    operation: query.operation,
    permission: query.permission,
  };
}

function shapeOf(scope: Scope, acl: Acl): ResourceJson {
  const fields = {
    resource_type: acl.resourceType,
    resource_name: acl.resourceName,
    pattern_type: acl.patternType,
    principal: acl.principal,
    host: acl.host,
    operation: acl.operation,
    permission: acl.permission,
  };
  return kafkaAcl.at(scope, `${scope.link("acls")}?${new URLSearchParams(fields)}`, null, fields);
}
