/**
 * `milena topic delete`
 * @module
 */
import { CommandFailure, type Invocation } from "../command.ts";
import { confirm } from "../confirm.ts";
import { someOperands } from "../operands.ts";
import { outcomesOf, printOutcomes } from "../outcomes.ts";
import { showMany } from "../units.ts";
import { withAdmin } from "../with_admin.ts";
import { topicsNamed } from "./topics_named.ts";

/** So many are named when it is asked whether they are to be deleted. */
const MAX_NAMED = 10;

export function deleteTopics(invocation: Invocation): Promise<number> {
  const words = someOperands(invocation, "the name of a topic");
  return withAdmin(invocation, async (admin) => {
    const names = (await topicsNamed(invocation, admin)).map(({ name }) => name);
    if (names.length === 0) throw new CommandFailure(`no topic has a name like ${words.join(" or ")}`);
    confirm(invocation, `delete ${described(names)} and all records`);
    const outcomes = await outcomesOf(names, async (name) => {
      await admin.deleteTopic(name);
      return { status: "deleted" };
    });
    return printOutcomes(invocation, "topic", outcomes);
  });
}

function described(names: readonly string[]): string {
  if (names.length === 1) return `topic ${names[0]}`;
  const more = names.length - MAX_NAMED;
  const named = names.slice(0, MAX_NAMED).join(", ");
  return `${showMany(names.length, "topic")} (${named}${more > 0 ? ` and ${more} more` : ""})`;
}
