/**
 * `milena group delete`
 * @module
 */
import type { Invocation } from "../command.ts";
import { confirm } from "../confirm.ts";
import { existingGroups } from "../find_by_name.ts";
import { someOperands } from "../operands.ts";
import { outcomesOf, printOutcomes } from "../outcomes.ts";
import { showMany } from "../units.ts";
import { withAdmin } from "../with_admin.ts";

export function deleteGroups(invocation: Invocation): Promise<number> {
  const names = someOperands(invocation, "the id of a group");
  return withAdmin(invocation, async (admin) => {
    await existingGroups(admin, names);
    const what = names.length === 1
      ? `group ${names[0]}`
      : `${showMany(names.length, "group")} (${names.join(", ")})`;
    confirm(invocation, `delete ${what} and what was committed`);
    const outcomes = await outcomesOf(names, async (name) => {
      await admin.deleteGroup(name);
      return { status: "deleted" };
    });
    return printOutcomes(invocation, "group", outcomes);
  });
}
