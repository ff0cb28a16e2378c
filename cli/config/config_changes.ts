/**
 * What flags say is to become of settings.
 * @module
 */
import type { ConfigChange } from "../../client/admin/configs.ts";
import { CommandFailure, ExitCode, type FlagValues } from "../command.ts";
import { keyValues } from "../operands.ts";

/** Throws {@link CommandFailure} if there is no change, or two of the same setting. */
export function configChanges(flags: FlagValues): ConfigChange[] {
  const changes: ConfigChange[] = [
    ...Array.from(keyValues(flags.texts("set"), "--set"), ([name, value]): ConfigChange => {
      return { name, operation: "SET", value };
    }),
    ...flags.texts("delete").map((name): ConfigChange => ({ name, operation: "DELETE", value: null })),
    ...Array.from(keyValues(flags.texts("append"), "--append"), ([name, value]): ConfigChange => {
      return { name, operation: "APPEND", value };
    }),
    ...Array.from(keyValues(flags.texts("subtract"), "--subtract"), ([name, value]): ConfigChange => {
      return { name, operation: "SUBTRACT", value };
    }),
  ];
  if (changes.length === 0) {
    throw new CommandFailure(
      "what is to change? --set KEY=VALUE sets, --delete KEY gives back the default",
      ExitCode.USAGE,
    );
  }
  const names = changes.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return changes;
  throw new CommandFailure(`${twice} is to change in two ways at once`, ExitCode.USAGE);
}
