/**
 * Tests that need a tool which a stranger's machine may lack. There they are ignored and their name says why; where
 * `CI` is set a missing tool is a failure, so that no test is ever skipped unseen.
 * @module
 */
export interface Requirement {
  readonly name: string;
  /** Why it can't be used here; undefined: it can. */
  readonly missing: string | undefined;
  /** It can't be had everywhere: the test is ignored in continuous integration, too. */
  readonly optional?: boolean;
}

export const inContinuousIntegration = ["1", "true"].includes(Deno.env.get("CI") ?? "");

/** A program on PATH. */
export function program(name: string): Requirement {
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${directory}/${name}`).isFile) return { name, missing: undefined };
    } catch {
      // Not in this directory.
    }
  }
  return { name, missing: `no ${name} on PATH` };
}

// Real clients keep timers and sockets beyond their close(), and a broker that a whole file shares writes its log
// while a test runs: the sanitizers would blame the test. Without them steps may run side by side.
const ownResources = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false } as const;

/** Registers a test that runs only where all `needs` are met. */
export function testNeeding(
  needs: readonly Requirement[],
  name: string,
  body: (context: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = needs.flatMap((need) => need.missing ?? []).join(", ");
  if (missing === "") {
    Deno.test({ name, fn: body, ...ownResources });
  } else if (inContinuousIntegration && needs.some((need) => need.missing !== undefined && !need.optional)) {
    Deno.test(name, () => {
      throw new Error(`CI is set, and there every tool must be present: ${missing}`);
    });
  } else {
    Deno.test({ name: `${name} (ignored: ${missing})`, ignore: true, fn: body, ...ownResources });
  }
}
