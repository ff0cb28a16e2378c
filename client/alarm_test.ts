import assert from "node:assert/strict";
import { Alarm } from "./alarm.ts";

Deno.test("Alarm rings by the last deadline, whether it was put off or came nearer", async () => {
  const rings: number[] = [];
  const start = performance.now();
  const alarm = new Alarm(() => rings.push(performance.now() - start));
  const until = async (ms: number) => {
    while (performance.now() - start < ms || rings.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  alarm.set(start + 60_000);
  alarm.set(start + 20); // nearer: the far one must not be waited for
  alarm.set(start + 60_000); // put off: it may ring once too early
  await until(20);
  assert.equal(rings.length, 1);
  assert.ok(rings[0]! >= 19);
  alarm.set(performance.now() + 20);
  alarm.clear();
  alarm.set(performance.now() + 60_000);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(rings.length, 1, "what was cleared does not ring");
  alarm.clear();
});
