/**
 * A broker over a C library with faults, for one test; a failure tells what the broker said.
 * @module
 */
import assert from "node:assert/strict";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import { type MilenaOptions, type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { testNeeding } from "../support/requirement.ts";
import { compiler, FaultLibc } from "./fault_libc.ts";

export interface FaultyBroker {
  readonly broker: MilenaProcess;
  readonly libc: FaultLibc;
}

/** Registers a test that has a broker with faults; its options can't depend on the test. */
export function faultTest(
  name: string,
  options: MilenaOptions,
  body: (faulty: FaultyBroker) => Promise<void>,
): void {
  testNeeding([compiler], name, async () => {
    using libc = await FaultLibc.create();
    await using broker = await startMilena({ ...options, environment: libc.environment });
    await explained(broker, () => body({ broker, libc }));
  });
}

/** Adds what the broker said to what `body` throws. */
export async function explained(broker: MilenaProcess, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new Error(`${String(error)}\nthe broker said:\n${broker.stderr.slice(-4000)}`, { cause: error });
  }
}

/** Lines of the broker's log that match, so far: they come on another way than answers do. */
export function logLines({ stderr }: MilenaProcess, wanted: RegExp): string[] {
  return stderr.split("\n").filter((line) => wanted.test(line));
}

/** Waits for the `count` lines that must be in the broker's log; more are a failure. */
export async function assertSaid(broker: MilenaProcess, wanted: RegExp, count: number): Promise<string[]> {
  await until(`${count} lines like ${wanted} in the log`, () => logLines(broker, wanted).length >= count);
  const lines = logLines(broker, wanted);
  assert.equal(lines.length, count, `said too often:\n${lines.join("\n")}`);
  return lines;
}

/** Stops it in order; its directory must be without a flaw. */
export async function stopAndCheck(broker: MilenaProcess): Promise<void> {
  await broker.terminate();
  const { problems } = checkDataDirectory(openNativeDisk(), broker.dataDirectory);
  assert.deepEqual(problems, [], "after a clean stop the checker finds nothing wrong");
}

/** Until `isTrue`; throws after `withinMs`, which is no promise of the broker but the end of the test's patience. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = 20_000) {
  const deadline = performance.now() + withinMs;
  while (!await isTrue()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
