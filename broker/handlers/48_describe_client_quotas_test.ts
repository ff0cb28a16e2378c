import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { describeClientQuotasHandler } from "./48_describe_client_quotas.ts";

const versions = servedVersions(describeClientQuotasHandler);

type Component = readonly [entityType: string, matchType: number, match: string | null];

Deno.test("DescribeClientQuotas has no quotas to tell of, and refuses what makes no sense as Kafka does", () => {
  const { NONE, INVALID_REQUEST, UNSUPPORTED_VERSION } = ErrorCode;
  const asked: [components: Component[], code: number][] = [
    [[], NONE],
    [[["user", 2, null]], NONE],
    [[["user", 0, "alice"], ["client-id", 1, null]], NONE],
    [[["ip", 0, "10.0.0.1"]], NONE],
    [[["bogus", 0, "x"]], UNSUPPORTED_VERSION],
    [[["", 0, "x"]], INVALID_REQUEST],
    [[["user", 9, "x"]], INVALID_REQUEST],
    [[["user", 0, null]], INVALID_REQUEST],
    [[["user", 1, "x"]], INVALID_REQUEST],
    [[["user", 2, "x"]], INVALID_REQUEST],
    [[["user", 2, null], ["user", 1, null]], INVALID_REQUEST],
    [[["user", 2, null], ["ip", 2, null]], INVALID_REQUEST],
  ];
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      for (const [components, code] of asked) {
        const { errorCode, errorMessage, entries } = yield* client.ask(api.DescribeClientQuotas, version, {
          components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
          strict: false,
        });
        assert.equal(errorCode, code, `${JSON.stringify(components)}: ${errorMessage}`);
        assert.deepEqual(entries, code === NONE ? [] : null);
      }
    }
  });
});
