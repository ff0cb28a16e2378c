import assert from "node:assert/strict";
import { createPoller } from "./poller.ts";
import { READABLE } from "./readiness.ts";
import { systemError } from "./test_support.ts";
import { Wakeup } from "./wakeup.ts";

Deno.test("Wakeup is readable from the first signal to the drain", () => {
  using wakeup = Wakeup.create();
  using poller = createPoller();
  poller.add(wakeup, READABLE);
  assert.equal(poller.wait(0, () => {}), 0);
  wakeup.signal();
  wakeup.signal();
  assert.equal(poller.wait(0, () => {}), 1);
  wakeup.drain();
  wakeup.drain();
  assert.equal(poller.wait(0, () => {}), 0);
});

Deno.test("Wakeup.fromDescriptor is an end with a descriptor of its own", () => {
  const wakeup = Wakeup.create();
  using other = Wakeup.fromDescriptor(wakeup.descriptor);
  assert.notEqual(other.descriptor, wakeup.descriptor);
  using poller = createPoller();
  poller.add(wakeup, READABLE);
  other.signal();
  assert.equal(poller.wait(0, () => {}), 1);
  poller.remove(wakeup);
  wakeup.close();
  wakeup.close();
  other.signal(); // late: nobody reads it, nothing is hit
  assert.throws(() => wakeup.signal(), systemError("EBADF", "write eventfd: "));
  assert.throws(() => wakeup.drain(), systemError("EBADF", "read eventfd: "));
  assert.throws(() => Wakeup.fromDescriptor(-1), systemError("EBADF", "fcntl F_DUPFD_CLOEXEC eventfd -1: "));
});

Deno.test("Wakeup wakes a poller that blocks for ever in another thread", async () => {
  using wakeup = Wakeup.create();
  const code = `
    import { createPoller } from "${import.meta.resolve("./poller.ts")}";
    import { Wakeup } from "${import.meta.resolve("./wakeup.ts")}";
    self.onmessage = (event) => {
      using wakeup = Wakeup.fromDescriptor(event.data);
      using poller = createPoller(wakeup);
      self.postMessage("waiting");
      self.postMessage(poller.wait(-1, () => {}));
    };`;
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const answers: unknown[] = [];
  await new Promise<void>((resolve) => {
    worker.onmessage = (event) => {
      answers.push(event.data);
      if (event.data === "waiting") setTimeout(() => wakeup.signal(), 20);
      else resolve();
    };
    worker.postMessage(wakeup.descriptor);
  });
  worker.terminate();
  assert.deepEqual(answers, ["waiting", 0]);
});
