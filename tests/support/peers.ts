/**
 * Apache Kafka's own tools, by the `peers` script that lies beside the repository on the project's machines (or where
 * PEERS says). They start a Java machine each time, so tests use them only in continuous integration and where
 * MILENA_TEST_JAVA=1 asks for it, and where the script is.
 * @module
 */
import { fileURLToPath } from "node:url";
import { inContinuousIntegration, type Requirement } from "./requirement.ts";
import { type RunOptions, type RunResult, tryCommand } from "./run_command.ts";

export const peersScript = Deno.env.get("PEERS") ??
  fileURLToPath(new URL("../../../shared/peers/peers", import.meta.url));

export const javaTools: Requirement = { name: "Apache Kafka's tools", missing: whyMissing(), optional: true };

function whyMissing(): string | undefined {
  try {
    Deno.statSync(peersScript);
  } catch {
    return `Apache Kafka's tools are not at ${peersScript} (PEERS)`;
  }
  if (inContinuousIntegration || Deno.env.get("MILENA_TEST_JAVA") === "1") return undefined;
  return "set MILENA_TEST_JAVA=1 to run Apache Kafka's tools";
}

// The first use may have to download Kafka.
const environment = { KAFKA_HEAP_OPTS: "-Xmx256M" };
const timeoutMs = 300_000;

/** Runs a class of Kafka's jars; throws with what it said if it fails. */
export async function javaTool(name: string, args: string[], options: RunOptions = {}): Promise<string> {
  const result = await tryJavaTool(name, args, options);
  const output = new TextDecoder().decode(result.stdout);
  if (result.code !== 0) throw new Error(`${name}: exit code ${result.code}: ${output}\n${result.stderr}`);
  return output;
}

/** `name`: of a class of org.apache.kafka.tools, or with its package where it has dots. */
export function tryJavaTool(name: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const path = name.includes(".") ? name : `org.apache.kafka.tools.${name}`;
  return tryCommand(peersScript, ["tool", path, ...args], {
    environment,
    timeoutMs,
    ...options,
  });
}

/** Kafka's own reader over segment, index and snapshot files: what it prints, on both outputs. */
export async function dumpLog(files: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(peersScript, ["dump-log", ...files], { timeoutMs });
  const said = `${new TextDecoder().decode(stdout)}\n${stderr}`;
  if (code !== 0) throw new Error(`dump-log ${files.join(" ")}: exit code ${code}: ${said.slice(-4000)}`);
  return said;
}
