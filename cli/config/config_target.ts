/**
 * Whose settings a command is about.
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { ConfigResource } from "../../client/admin/configs.ts";
import { CommandFailure, ExitCode, type FlagValues } from "../command.ts";
import { findTopicsByName } from "../find_by_name.ts";
import { numberFlag } from "../operands.ts";

/** In sentences: "topic orders", "the cluster". */
export function targetName({ type, name }: ConfigResource): string {
  return type === "broker" && name === "" ? "the cluster" : `${type} ${name}`;
}

/** What is changed: the topic, the broker, or all brokers. Throws {@link CommandFailure}. */
export async function changedTarget(flags: FlagValues, admin: Admin): Promise<ConfigResource> {
  const topic = flags.text("topic");
  const broker = numberFlag(flags, "broker", { least: 0 });
  if (topic !== undefined && broker !== undefined) {
    throw new CommandFailure("--topic or --broker: it is about one of them", ExitCode.USAGE);
  }
  if (topic === undefined) return { type: "broker", name: broker === undefined ? "" : String(broker) };
  await findTopicsByName(admin, [topic]);
  return { type: "topic", name: topic };
}

/** What is looked at: of all brokers the controller, since what they have in common each of them has. */
export async function readTarget(flags: FlagValues, admin: Admin): Promise<ConfigResource> {
  const target = await changedTarget(flags, admin);
  if (target.name !== "") return target;
  const { controllerId, brokers } = await admin.describeCluster();
  return { type: "broker", name: String(controllerId < 0 ? brokers[0]?.id ?? 0 : controllerId) };
}
