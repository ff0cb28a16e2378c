/**
 * `milena group list`
 * @module
 */
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { withAdmin } from "../with_admin.ts";

export function listGroups(invocation: Invocation): Promise<number> {
  return withAdmin(invocation, async (admin) => {
    const groups = (await admin.listGroups()).map(({ id, state, type, coordinator }) => ({
      group: id,
      // Brokers before 2.6 do not tell.
      state: state || null,
      type,
      coordinator,
    }));
    printResult(invocation, {
      value: groups,
      text: (style) =>
        tableText(
          ["GROUP", "STATE", "TYPE", "COORDINATOR"],
          groups.map(({ group, state, type, coordinator }) => [group, state, type, coordinator]),
          { style },
        ),
    });
    return ExitCode.OK;
  });
}
