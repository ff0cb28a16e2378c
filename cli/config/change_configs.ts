/**
 * `milena config set` and `milena config unset`
 * @module
 */
import type { ConfigChange } from "../../client/admin/configs.ts";
import type { Invocation } from "../command.ts";
import { keyValues, someOperands } from "../operands.ts";
import { printOutcomes } from "../outcomes.ts";
import { withAdmin } from "../with_admin.ts";
import { changedTarget } from "./config_target.ts";

export function setConfigs(invocation: Invocation): Promise<number> {
  const words = someOperands(invocation, "KEY=VALUE");
  // As rpk has it: set KEY VALUE.
  const isPair = words.length === 2 && !words[0]!.includes("=");
  const values = keyValues(isPair ? [words.join("=")] : words, "a setting");
  const changes = Array.from(values, ([name, value]): ConfigChange => ({ name, operation: "SET", value }));
  return change(invocation, changes, "set");
}

export function unsetConfigs(invocation: Invocation): Promise<number> {
  const keys = someOperands(invocation, "the name of a setting");
  return change(
    invocation,
    keys.map((name) => ({ name, operation: "DELETE", value: null })),
    "unset",
  );
}

function change(invocation: Invocation, changes: readonly ConfigChange[], done: string): Promise<number> {
  const { flags } = invocation;
  const validateOnly = flags.isOn("dry-run");
  return withAdmin(invocation, async (admin) => {
    await admin.alterConfigs(await changedTarget(flags, admin), changes, { validateOnly });
    const status = validateOnly ? `could be ${done}` : done;
    return printOutcomes(
      invocation,
      "config",
      changes.map(({ name, value }) => ({ name, status, details: { value: value ?? undefined } })),
    );
  });
}
