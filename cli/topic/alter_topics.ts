/**
 * `milena topic alter`
 * @module
 */
import type { Invocation } from "../command.ts";
import { configChanges } from "../config/config_changes.ts";
import { findTopicsByName } from "../find_by_name.ts";
import { someOperands } from "../operands.ts";
import { outcomesOf, printOutcomes } from "../outcomes.ts";
import { withAdmin } from "../with_admin.ts";

export function alterTopics(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const names = someOperands(invocation, "the name of a topic");
  const changes = configChanges(flags);
  const validateOnly = flags.isOn("dry-run");
  return withAdmin(invocation, async (admin) => {
    await findTopicsByName(admin, names);
    const outcomes = await outcomesOf(names, async (name) => {
      await admin.alterConfigs({ type: "topic", name }, changes, { validateOnly });
      return { status: validateOnly ? "could be altered" : "altered" };
    });
    return printOutcomes(invocation, "topic", outcomes);
  });
}
