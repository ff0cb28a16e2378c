/**
 * Apache Kafka's tools in one Java machine, which the tests of a file share: see JavaTools.java.
 * @module
 */
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { JsonDriver } from "../support/json_driver.ts";
import { javaTools, peersScript } from "../support/peers.ts";
import { program, type Requirement } from "../support/requirement.ts";

/** JavaTools.java is compiled when it starts. */
export const javaNeeds: readonly Requirement[] = [javaTools, program("javac")];

export interface ToolResult {
  /** Exit code; -1: it still runs. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedTool {
  /** What it has said until now. */
  output(): Promise<ToolResult>;
  /** Ends it as a signal would, and waits for that. */
  stop(): Promise<ToolResult>;
}

let driver: JsonDriver | undefined;
let started = 0;

function java(): JsonDriver {
  return driver ??= new JsonDriver("Apache Kafka's tools", {
    program: peersScript,
    args: ["tool", fileURLToPath(new URL("./JavaTools.java", import.meta.url))],
    environment: { KAFKA_HEAP_OPTS: "-Xmx384M" },
  });
}

/** Ends the Java machine, if one was started. */
export async function closeJavaTools(): Promise<void> {
  await driver?.close();
  driver = undefined;
}

/** Runs a class of Kafka's jars, by its name in org.apache.kafka.tools or in full, and returns what came of it. */
export function tryTool(name: string, args: readonly string[], input = ""): Promise<ToolResult> {
  return java().ask({ do: "run", tool: className(name), args, input });
}

/** As {@link tryTool}, but an exit code other than 0 throws with what the tool said. Returns its standard output. */
export async function tool(name: string, args: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await tryTool(name, args, input);
  if (code !== 0) throw new Error(`${name} ${args.join(" ")}: exit code ${code}: ${stdout}\n${stderr}`);
  return stdout;
}

/** As {@link tool}, where the standard output is no text. */
export async function toolBytes(name: string, args: readonly string[]): Promise<Buffer> {
  const run = { do: "run", tool: className(name), args, charset: "ISO-8859-1" };
  const { code, stdout, stderr } = await java().ask<ToolResult>(run);
  if (code !== 0) throw new Error(`${name} ${args.join(" ")}: exit code ${code}: ${stderr}`);
  return Buffer.from(stdout, "latin1");
}

/** Starts a tool that goes on until it is stopped. */
export async function startTool(name: string, args: readonly string[]): Promise<StartedTool> {
  const run = `run ${++started}`;
  await java().ask({ do: "start", name: run, tool: className(name), args });
  return {
    output: () => java().ask({ do: "output", name: run }),
    stop: () => java().ask({ do: "stop", name: run }),
  };
}

const className = (name: string) =>
  name.startsWith("kafka.") || name.startsWith("org.") ? name : `org.apache.kafka.tools.${name}`;

/** The words of each line of a table that a tool has printed, without its head. */
export function rows(table: string): string[][] {
  const [, ...lines] = table.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => line.trim().split(/\s+/));
}
