/**
 * All checks, in the order in which they are told.
 * @module
 */
import type { Check, Finding, Surroundings } from "./check.ts";
import { cluster } from "./cluster_checks.ts";
import { dataDirectory, dirtyPages, diskSpace, fileSystem, syncLatency } from "./disk_checks.ts";
import { httpPort, kafkaPort } from "./port_checks.ts";
import { fileDescriptors, hugePages, mappings, memory, processors, swap } from "./resource_checks.ts";
import { clock, clockSource, kernel, platform, runtime, temporaryFolder } from "./system_checks.ts";

/** The clock comes last of those on this machine: a jump shows the better the longer it was watched. */
export const checks: readonly Check[] = [
  platform,
  kernel,
  runtime,
  processors,
  memory,
  swap,
  hugePages,
  fileDescriptors,
  mappings,
  temporaryFolder,
  dataDirectory,
  fileSystem,
  diskSpace,
  syncLatency,
  dirtyPages,
  kafkaPort,
  httpPort,
  clockSource,
  clock,
  cluster,
];

export interface NamedFinding extends Finding {
  readonly name: string;
}

/** A check that breaks down is a finding, too. */
export async function findingsOf(
  surroundings: Surroundings,
  all: readonly Check[] = checks,
): Promise<NamedFinding[]> {
  const findings: NamedFinding[] = [];
  for (const check of all) {
    for (const finding of await findingsOfOne(check, surroundings)) {
      findings.push({ ...finding, name: finding.name ?? check.name });
    }
  }
  return findings;
}

async function findingsOfOne(check: Check, surroundings: Surroundings): Promise<readonly Finding[]> {
  try {
    const found = await check.run(surroundings);
    return "status" in found ? [found] : found;
  } catch (error) {
    return [{ status: "skip", found: `it could not be looked at: ${(error as Error).message}` }];
  }
}
