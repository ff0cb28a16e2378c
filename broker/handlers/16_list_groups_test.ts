import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { GroupMember, stableGroup } from "../../tests/support/group_member.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { listGroupsHandler } from "./16_list_groups.ts";

Deno.test("ListGroups lists all groups, or those of the states and types that are asked for", () => {
  runBroker(function* (broker) {
    const stable = new GroupMember(broker, { groupId: "stable" });
    yield* stableGroup(broker, [stable]);
    const empty = new GroupMember(broker, { groupId: "empty", protocolType: "connect" });
    yield* stableGroup(broker, [empty]);
    yield* empty.leave();
    broker.server.broker.groups.getOrCreateSimple("simple");
    const client = broker.connect();
    const list = function* (version: number, statesFilter: string[] = [], typesFilter: string[] = []) {
      const { errorCode, groups } = yield* client.ask(api.ListGroups, version, { statesFilter, typesFilter });
      assert.equal(errorCode, ErrorCode.NONE);
      return groups.map((group) => Object.values(group).join(" ").trimEnd()).sort();
    };
    for (const version of servedVersions(listGroupsHandler)) {
      const state = (state: string) => version >= 5 ? ` ${state} classic` : version >= 4 ? ` ${state}` : "";
      const simple = `simple  ${state("Empty").trimStart()}`.trimEnd();
      const all = [`empty connect${state("Empty")}`, simple, `stable consumer${state("Stable")}`];
      assert.deepEqual(yield* list(version), all);
      if (version < 4) continue;
      assert.deepEqual(yield* list(version, [" sTABLE "]), all.slice(2));
      assert.deepEqual(yield* list(version, ["Empty", "Dead"]), all.slice(0, 2));
      assert.deepEqual(yield* list(version, ["Nonsense"]), []);
      if (version < 5) continue;
      assert.deepEqual(yield* list(version, [], ["Classic"]), all);
      assert.deepEqual(yield* list(version, ["stable"], ["consumer", "classic"]), all.slice(2));
      assert.deepEqual(yield* list(version, [], ["share"]), []);
    }
  });
});
