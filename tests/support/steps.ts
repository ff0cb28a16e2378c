/**
 * Steps of a test that rest on one another: the first that fails ends the test, instead of failing all that come after it.
 * @module
 */
export type Step = (name: string, body: () => void | Promise<void>) => Promise<void>;

/** The body of a test, for one that is made of steps. */
export function stepwise(body: (step: Step) => Promise<void>): (context: Deno.TestContext) => Promise<void> {
  return (context) =>
    body(async (name, step) => {
      if (!await context.step(name, step)) throw new Error(`the steps after "${name}" rest on it`);
    });
}
