import { deepEqual, ok } from "node:assert/strict";
import { TABS, views } from "./tabs.ts";
import { top } from "./top_command.ts";

Deno.test("views have the columns that --sort completes, and sort by one of their own", () => {
  const names = TABS.flatMap((tab) => views[tab].columns.map(({ name }) => name));
  const flag = top.flags?.find(({ name }) => name === "sort");
  deepEqual(flag?.completes, [...new Set(names)]);
  for (const tab of TABS) {
    const { columns, sort } = views[tab];
    ok(columns.some(({ name }) => name === sort.column), tab);
  }
});
