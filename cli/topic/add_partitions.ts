/**
 * `milena topic add-partitions`
 * @module
 */
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { findTopicsByName } from "../find_by_name.ts";
import { numberFlag, someOperands } from "../operands.ts";
import { outcomesOf, printOutcomes } from "../outcomes.ts";
import { withAdmin } from "../with_admin.ts";

export function addPartitions(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const names = someOperands(invocation, "the name of a topic");
  const more = numberFlag(flags, "num", { least: 1 });
  if (more === undefined) throw new CommandFailure("how many? --num N says how many more", ExitCode.USAGE);
  const validateOnly = flags.isOn("dry-run");
  return withAdmin(invocation, async (admin) => {
    const topics = await findTopicsByName(admin, names);
    const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    const outcomes = await outcomesOf(names, async (name) => {
      const before = counts.get(name)!;
      const partitions = before + more;
      await admin.createPartitions(name, partitions, { validateOnly });
      const status = `${before} → ${partitions} partitions${validateOnly ? " could be" : ""}`;
      return { status, details: { before, partitions } };
    });
    return printOutcomes(invocation, "topic", outcomes);
  });
}
