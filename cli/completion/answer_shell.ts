/**
 * `milena __complete`: what shells ask while somebody types.
 *
 * What must be true: there is an answer within about a second, whatever the cluster does; and never an error, since nobody
 * would read it.
 * @module
 */
import { brokerSettings } from "../../broker/setting_definitions.ts";
import { Admin } from "../../client/admin/admin.ts";
import type { ConfigResource } from "../../client/admin/configs.ts";
import { adminKeys } from "../../client/config/admin_keys.ts";
import { consumerKeys } from "../../client/config/consumer_keys.ts";
import { producerKeys } from "../../client/config/producer_keys.ts";
import { clusterConfigOf } from "../cluster_config.ts";
import { type Command, ExitCode, type FlagValues, type Invocation, type Terminal } from "../command.ts";
import { readTarget } from "../config/config_target.ts";
import { complete, type NameKind } from "./complete.ts";

const PATIENCE_MS = 1000;
/** A shell reads lines with tabs in them, so no name has either. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

/** `operands`: the words of the line up to the cursor, without the program's name. */
export async function answerShell(tree: Command, { operands, terminal }: Invocation): Promise<number> {
  const { candidates, otherwise } = await complete(tree, operands, (kind, flags) => {
    return namesOf(kind, flags, terminal);
  });
  const lines = candidates.map(({ word, summary }) => `${word}\t${summary}`);
  terminal.write([`:${otherwise}`, ...lines].join("\n") + "\n");
  return ExitCode.OK;
}

/** What there is of a kind, mostly in the cluster that the line is about; nothing if it does not say so soon. */
async function namesOf(
  kind: NameKind,
  flags: FlagValues,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (kind === "clientConfig") return Object.keys({ ...adminKeys, ...producerKeys, ...consumerKeys });
  if (kind === "brokerSetting") return Object.keys(brokerSettings);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    using admin = new Admin({
      ...clusterConfigOf({ flags, operands: [], terminal }),
      "default.api.timeout.ms": PATIENCE_MS,
    });
    const late = new Promise<string[]>((resolve) => timer = setTimeout(() => resolve([]), PATIENCE_MS));
    const names = await Promise.race([askers[kind](admin, flags), late]);
    return names.filter((name) => !CONTROL.test(name));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

const askers: Readonly<
  Record<
    Exclude<NameKind, "clientConfig" | "brokerSetting">,
    (admin: Admin, flags: FlagValues) => Promise<string[]>
  >
> = {
  topic: topicsOf,
  group: groupsOf,
  async topicConfig(admin) {
    // They are the same for each topic.
    const [topic] = await admin.listTopics();
    return topic === undefined ? [] : await configsOf(admin, { type: "topic", name: topic.name });
  },
  async config(admin, flags) {
    return await configsOf(admin, await readTarget(flags, admin));
  },
};

async function configsOf(admin: Admin, resource: ConfigResource): Promise<string[]> {
  return (await admin.describeConfigs(resource)).map(({ name }) => name);
}

async function topicsOf(admin: Admin): Promise<string[]> {
  return (await admin.listTopics()).filter(({ isInternal }) => !isInternal).map(({ name }) => name);
}

async function groupsOf(admin: Admin): Promise<string[]> {
  return (await admin.listGroups()).map(({ id }) => id);
}
