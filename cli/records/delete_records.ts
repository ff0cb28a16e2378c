/**
 * `milena records delete`
 * @module
 */
import type { TopicDescription } from "../../client/admin/topics.ts";
import { parseBound, placeBound } from "../bound.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { confirm } from "../confirm.ts";
import { findTopicsByName } from "../find_by_name.ts";
import { oneOperand, partitionNumbers } from "../operands.ts";
import { sentenceOf } from "../outcomes.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { showMany } from "../units.ts";
import { withAdmin } from "../with_admin.ts";

export function deleteRecords(invocation: Invocation): Promise<number> {
  const { flags, terminal } = invocation;
  const name = oneOperand(invocation, "the name of a topic");
  const before = flags.text("before");
  if (before === undefined) {
    throw new CommandFailure("before what? --before end, an offset, -N or a time", ExitCode.USAGE);
  }
  const bound = parseBound(before, "--before", Date.now());
  const wanted = partitionNumbers(flags.texts("partition"), "--partition");
  return withAdmin(invocation, async (admin) => {
    const [topic] = await findTopicsByName(admin, [name]);
    const placed = await placeBound(admin, partitionsOf(topic!, wanted), bound);
    const isDry = flags.isOn("dry-run");
    const count = placed.reduce((sum, { start, offset }) => sum + offset - start, 0);
    if (!isDry && count > 0) {
      confirm(
        invocation,
        `delete ${showMany(count, "offset")} of ${showMany(placed.length, "partition")} of ${name}`,
      );
    }
    const going = isDry ? [] : placed.filter(({ start, offset }) => offset > start);
    const outcomes = new Map(
      (await admin.deleteRecords(
        going.map(({ topic, partition, offset }) => ({ topic, partition, before: offset })),
      ))
        .map((outcome) => [outcome.partition, outcome]),
    );
    const rows = placed.map(({ topic, partition, start, end, offset }) => {
      const outcome = outcomes.get(partition);
      return {
        topic,
        partition,
        before: start,
        after: outcome?.error === undefined ? outcome?.start ?? offset : start,
        end,
        error: outcome?.error?.codeName,
        message: outcome?.error && sentenceOf(outcome.error),
      };
    });
    const hasFailed = rows.some(({ error }) => error !== undefined);
    printResult(invocation, {
      value: rows,
      text: (style) =>
        tableText(
          ["TOPIC", "PARTITION", "BEFORE", "AFTER", "END", ...hasFailed ? ["ERROR"] : []],
          rows.map(({ topic, partition, before, after, end, error, message }) => [
            topic,
            partition,
            before,
            after,
            end,
            error === undefined ? undefined : `${error}: ${message}`,
          ]),
          { style },
        ),
    });
    if (isDry) terminal.report("milena: a dry run: nothing is changed");
    return hasFailed ? ExitCode.FAILURE : ExitCode.OK;
  });
}

/** Those that are wanted. Throws a {@link CommandFailure} if one of them is not there. */
function partitionsOf({ name, partitions }: TopicDescription, wanted: readonly number[] | undefined) {
  const all = partitions.map(({ partition }) => ({ topic: name, partition }));
  const unknown = wanted?.find((number) => number >= partitions.length);
  if (unknown !== undefined) {
    throw new CommandFailure(
      `${name} has no partition ${unknown}: it has ${showMany(partitions.length, "partition")}`,
    );
  }
  return all.filter(({ partition }) => wanted?.includes(partition) ?? true);
}
