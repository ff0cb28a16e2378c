/**
 * The topics that the words of a command name, by themselves or by regular expressions.
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { TopicDescription } from "../../client/admin/topics.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { findTopicsByName } from "../find_by_name.ts";

/** All topics where no word is given. Throws {@link CommandFailure} for a name that is none. */
export async function topicsNamed(
  { flags, operands }: Invocation,
  admin: Admin,
): Promise<readonly TopicDescription[]> {
  const words = [...new Set(operands)];
  if (words.length === 0) return await admin.listTopics();
  if (!flags.isOn("regex")) return await findTopicsByName(admin, words);
  const patterns = words.map(wholeName);
  return (await admin.listTopics()).filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}

function wholeName(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`, "u");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`"${text}" is no regular expression: ${reason}`, ExitCode.USAGE);
  }
}
