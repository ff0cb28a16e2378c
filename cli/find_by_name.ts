/**
 * Topics and groups by the names that somebody typed.
 * @module
 */
import type { Admin } from "../client/admin/admin.ts";
import type { TopicDescription } from "../client/admin/topics.ts";
import { didYouMean } from "../protocol/nearest_name.ts";
import { CommandFailure } from "./command.ts";
import { printable } from "./output/text.ts";

/** In the order of `names`. Throws a {@link CommandFailure} that has the nearest name if one of them is no topic. */
export async function findTopicsByName(
  admin: Pick<Admin, "listTopics">,
  names: readonly string[],
): Promise<TopicDescription[]> {
  const topics = await admin.listTopics();
  const found = new Map(topics.map((topic) => [topic.name, topic]));
  return names.map((name) => {
    const topic = found.get(name);
    if (topic !== undefined) return topic;
    throw unknownName("topic", name, [...found.keys()]);
  });
}

/** Throws a {@link CommandFailure} that has the nearest id if one of `ids` is no group. */
export async function existingGroups(admin: Admin, ids: readonly string[]): Promise<void> {
  const known = (await admin.listGroups()).map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) throw unknownName("group", unknown, known);
}

function unknownName(kind: "topic" | "group", name: string, names: readonly string[]): CommandFailure {
  return new CommandFailure(`there is no ${kind} "${printable(name)}"${didYouMean(name, names)}`);
}
