/**
 * `milena config get` and `milena config list`
 * @module
 */
import type { Config } from "../../client/admin/configs.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { someOperands } from "../operands.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { printable } from "../output/text.ts";
import { withAdmin } from "../with_admin.ts";
import { readTarget, targetName } from "./config_target.ts";
import { configRows, configValue, isDefault } from "./config_text.ts";

export function getConfigs(invocation: Invocation): Promise<number> {
  const keys = someOperands(invocation, "the name of a setting");
  return withAdmin(invocation, async (admin) => {
    const target = await readTarget(invocation.flags, admin);
    const configs = await admin.describeConfigs(target);
    const names = configs.map(({ name }) => name);
    const found = keys.map((key) => {
      const config = configs.find(({ name }) => name === key);
      if (config !== undefined) return config;
      throw new CommandFailure(`${targetName(target)} has no setting "${key}"${didYouMean(key, names)}`);
    });
    if (found.length > 1) return print(invocation, found);
    const [config] = found;
    printResult(invocation, { value: configValue(config!), text: () => printable(config!.value ?? "-") });
    return ExitCode.OK;
  });
}

export function listConfigs(invocation: Invocation): Promise<number> {
  const { flags } = invocation;
  return withAdmin(invocation, async (admin) => {
    const configs = await admin.describeConfigs(await readTarget(flags, admin));
    return print(
      invocation,
      flags.isOn("changed") ? configs.filter((config) => !isDefault(config)) : configs,
    );
  });
}

function print(invocation: Invocation, configs: readonly Config[]): number {
  printResult(invocation, {
    value: configs.map(configValue),
    text: (style) => tableText(...configRows(configs), { style }),
  });
  return ExitCode.OK;
}
