/**
 * The broker that client tests talk to: one that they start, or the one MILENA_TEST_BOOTSTRAP=host:port names. The
 * latter may be Apache Kafka, whose behaviour these tests describe: whatever passes there must pass here.
 * @module
 */
import { type MilenaOptions, type MilenaProcess, startMilena } from "./milena_process.ts";

/** The address from MILENA_TEST_BOOTSTRAP, if set. */
export const foreignBootstrap: string | undefined = Deno.env.get("MILENA_TEST_BOOTSTRAP") || undefined;

export class Target {
  #broker: MilenaProcess | undefined;

  async open(options: MilenaOptions): Promise<void> {
    if (foreignBootstrap === undefined) this.#broker = await startMilena(options);
  }

  async close(): Promise<void> {
    await this.#broker?.[Symbol.asyncDispose]();
  }

  /** host:port */
  get bootstrap(): string {
    return foreignBootstrap ?? this.broker.bootstrap;
  }

  /** The broker's process; throws if it is not ours. */
  get broker(): MilenaProcess {
    if (this.#broker === undefined) {
      throw new Error("this test needs a broker of its own: unset MILENA_TEST_BOOTSTRAP");
    }
    return this.#broker;
  }
}

/** One broker for all tests of the calling file. */
export function targetOfThisFile(options: MilenaOptions = {}): Target {
  const target = new Target();
  Deno.test.beforeAll(() => target.open(options));
  Deno.test.afterAll(() => target.close());
  return target;
}
