/**
 * `milena config print`: what a broker would go by, and why.
 * @module
 */
import { describeSource } from "../broker/setting_sources.ts";
import { brokerConfig, type ExplainedSetting } from "../broker/settings.ts";
import { ExitCode, type Invocation } from "./command.ts";
import { explainingFailure, readSettings } from "./settings_flags.ts";

export function printConfig(invocation: Invocation): number {
  const settings = readSettings(invocation);
  explainingFailure(() => brokerConfig(settings));
  const explained = settings.explain();
  const { terminal, flags } = invocation;
  terminal.print(flags.isOn("explain") ? explained.map(explainSetting).join("\n") : table(explained));
  for (const warning of settings.warnings) terminal.report(`milena: ${warning}`);
  return ExitCode.OK;
}

function table(settings: readonly ExplainedSetting[]): string {
  const rows = settings.map(({ name, value, source }) =>
    [name, showInTable(value), describeSource(source)] as const
  );
  const nameWidth = Math.max(...rows.map(([name]) => name.length));
  const valueWidth = Math.min(40, Math.max(...rows.map(([, value]) => value.length)));
  return [["SETTING", "VALUE", "SOURCE"] as const, ...rows]
    .map(([name, value, source]) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}`)
    .join("\n");
}

/** A paragraph of a properties file. */
function explainSetting({ name, value, source, definition }: ExplainedSetting): string {
  const { type, range, documentation, effect, kafkaDefault } = definition;
  const lines = [documentation, `${type}${range === "" ? "" : `, ${range}`}`];
  if (effect === "later") lines.push("No effect in this version.");
  if (kafkaDefault !== undefined) {
    lines.push(`Default ${show(definition.default)}; Kafka's is ${show(kafkaDefault)}.`);
  } else if (source.kind !== "default") lines.push(`Default ${show(definition.default)}.`);
  lines.push(`From ${describeSource(source)}:`);
  const comment = lines.map((line) => `# ${line}`).join("\n");
  return `${comment}\n${value === null ? `#${name}=` : `${name}=${value}`}\n`;
}

function show(value: string | null): string {
  return value === null || value === "" ? "none" : value;
}

/** Never nothing, so that a line always has three columns. */
function showInTable(value: string | null): string {
  return value === null ? "-" : value === "" ? '""' : value;
}
