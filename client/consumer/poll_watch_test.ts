import { equal } from "node:assert/strict";
import { PollWatch } from "./poll_watch.ts";

async function until(isTrue: () => boolean): Promise<void> {
  for (let turns = 0; !isTrue(); turns++) {
    if (turns > 2000) throw new Error("not within two seconds");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("PollWatch notices who asks no more, once, and who is back", async () => {
  let stuck = 0;
  const watch = new PollWatch({ intervalMs: 20, onStuck: () => void stuck++ });
  equal(watch.asked(), false);
  await until(() => stuck === 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  equal(stuck, 1);
  equal(watch.asked(), true, "it had been given up");
  equal(watch.asked(), false);
  await until(() => stuck === 2);
  watch.stop();
});

Deno.test("PollWatch does not mind who waits for an answer", async () => {
  let stuck = 0;
  const watch = new PollWatch({ intervalMs: 20, onStuck: () => void stuck++ });
  watch.asked();
  watch.waits();
  await new Promise((resolve) => setTimeout(resolve, 80));
  equal(stuck, 0);
  watch.waited();
  await until(() => stuck === 1);
  watch.stop();
});
