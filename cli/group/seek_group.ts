/**
 * `milena group seek`: commits in place of a group.
 *
 * What must be true: nothing is committed for a group that has members, which would go on from where they are and commit
 * over it; and no name that was typed wrong becomes a group or a topic.
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { CommittedOffset } from "../../client/admin/group_offsets.ts";
import type { ResponseError } from "../../client/response_error.ts";
import { parseBound, placeBound, type PlacedPartition } from "../bound.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { existingGroups, findTopicsByName } from "../find_by_name.ts";
import { oneOperand } from "../operands.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { sentenceOf } from "../outcomes.ts";
import { showMany } from "../units.ts";
import { withAdmin } from "../with_admin.ts";

export function seekGroup(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  const group = oneOperand(invocation, "the id of a group");
  const to = flags.text("to");
  if (to === undefined) {
    throw new CommandFailure("where to? --to start, end, an offset, -N or a time", ExitCode.USAGE);
  }
  const bound = parseBound(to, "--to", Date.now());
  return withAdmin(invocation, async (admin) => {
    await refuseMembers(admin, group, flags.isOn("allow-new-topics"));
    const committed = await admin.listGroupOffsets(group);
    const topics = await wantedTopics(invocation, admin, group, committed);
    const partitions = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partition }) => ({ topic: name, partition }))
    );
    const placed = await placeBound(admin, partitions, bound);
    const isDry = flags.isOn("dry-run");
    const outcomes = isDry ? [] : await admin.alterGroupOffsets(group, placed);
    return print(invocation, placed, committed, outcomes.map(({ error }) => error));
  });
}

async function refuseMembers(admin: Admin, id: string, mayBeNew: boolean): Promise<void> {
  if (mayBeNew && !(await admin.listGroups()).some((group) => group.id === id)) return;
  await existingGroups(admin, [id]);
  const [group] = await admin.describeGroups([id]);
  const count = group!.members.length;
  if (count === 0) return;
  throw new CommandFailure(
    `group ${id} has ${showMany(count, "member")}, who would go on from where they are: stop them first`,
  );
}

async function wantedTopics(
  { flags }: Invocation,
  admin: Admin,
  group: string,
  committed: readonly CommittedOffset[],
) {
  const known = new Set(committed.map(({ topic }) => topic));
  const named = flags.texts("topics").flatMap((text) => text.split(",")).map((name) => name.trim());
  if (named.length === 0) {
    // Some may have been deleted.
    const topics = (await admin.listTopics()).filter(({ name }) => known.has(name));
    if (topics.length > 0) return topics;
    throw new CommandFailure(`group ${group} has committed nothing: --topics says of what it is to be told`);
  }
  const topics = await findTopicsByName(admin, [...new Set(named)]);
  const isNew = topics.find(({ name }) => !known.has(name));
  if (isNew === undefined || flags.isOn("allow-new-topics")) return topics;
  throw new CommandFailure(
    `group ${group} has committed nothing of ${isNew.name}: --allow-new-topics does it all the same`,
  );
}

function print(
  invocation: Invocation,
  placed: readonly PlacedPartition[],
  committed: readonly CommittedOffset[],
  errors: readonly (ResponseError | undefined)[],
): number {
  const before = new Map(committed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  const rows = placed.map(({ topic, partition, offset, end }, i) => {
    const error = errors[i];
    return {
      topic,
      partition,
      before: before.get(`${topic}/${partition}`) ?? null,
      after: offset,
      lag: end - offset,
      error: error?.codeName,
      message: error === undefined ? undefined : sentenceOf(error),
    };
  });
  const failed = rows.filter(({ error }) => error !== undefined);
  printResult(invocation, {
    value: rows,
    text: (style) =>
      tableText(
        ["TOPIC", "PARTITION", "BEFORE", "AFTER", "LAG", ...failed.length === 0 ? [] : ["ERROR"]],
        rows.map(({ topic, partition, before, after, lag, error, message }) => [
          topic,
          partition,
          before,
          after,
          lag,
          error === undefined ? undefined : `${error}: ${message}`,
        ]),
        { style },
      ),
  });
  if (invocation.flags.isOn("dry-run")) invocation.terminal.report("milena: a dry run: nothing is changed");
  return failed.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
}
