import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { describeAclsHandler } from "./29_describe_acls.ts";

const ALL = 1;
const TOPIC = 2;
const ALLOW = 3;

Deno.test("DescribeAcls, CreateAcls and DeleteAcls answer SECURITY_DISABLED, once for each that is asked for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const filter = {
      resourceTypeFilter: ALL,
      resourceNameFilter: null,
      patternTypeFilter: ALL,
      principalFilter: null,
      hostFilter: null,
      operation: ALL,
      permissionType: ALL,
    };
    const creation = {
      resourceType: TOPIC,
      resourceName: "t",
      principal: "User:alice",
      host: "*",
      operation: ALL,
      permissionType: ALLOW,
    };
    const { SECURITY_DISABLED } = ErrorCode;
    for (const version of servedVersions(describeAclsHandler)) {
      const described = yield* client.ask(api.DescribeAcls, version, filter);
      assert.deepEqual([described.errorCode, described.resources], [SECURITY_DISABLED, []]);
      const { results } = yield* client.ask(api.CreateAcls, version, { creations: [creation, creation] });
      assert.deepEqual(results.map(({ errorCode }) => errorCode), [SECURITY_DISABLED, SECURITY_DISABLED]);
      const { filterResults } = yield* client.ask(api.DeleteAcls, version, { filters: [filter] });
      assert.deepEqual(filterResults.map(({ errorCode, matchingAcls }) => [errorCode, matchingAcls]), [
        [SECURITY_DISABLED, []],
      ]);
    }
  });
});
