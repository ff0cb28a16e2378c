/**
 * Programs in a single file of Java, run with Kafka's own jars.
 * @module
 */
import { fileURLToPath } from "node:url";
import { peersScript } from "../../support/peers.ts";
import { runCommand, type RunOptions } from "../../support/run_command.ts";

/** Runs a file of this folder; gives what it printed. */
export async function runJava(file: string, args: string[], options: RunOptions = {}): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { stdout, stderr } = await runCommand(peersScript, ["tool", path, ...args], {
    timeoutMs: 300_000,
    ...options,
    environment: { KAFKA_HEAP_OPTS: "-Xmx256M" },
  });
  if (stderr !== "") console.error(stderr);
  return new TextDecoder().decode(stdout);
}
