import assert from "node:assert/strict";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import { TestBackground } from "../tests/support/storage_fixture.ts";
import { type Flushable, Flusher } from "./flusher.ts";

class TestLog implements Flushable {
  begun = 0;
  ended = 0;

  beginFlush() {
    this.begun++;
    return { files: [], directories: [] };
  }

  endFlush(): void {
    this.ended++;
  }
}

Deno.test("Flusher flushes a log once for all who want it, and again for who comes meanwhile", () => {
  const background = new TestBackground(new MemoryDisk());
  const flusher = new Flusher(background);
  const log = new TestLog();
  flusher.flush(log);
  flusher.flush(log);
  flusher.tick(0);
  flusher.flush(log);
  flusher.tick(0);
  assert.deepEqual([log.begun, log.ended], [1, 0]);
  background.run();
  flusher.tick(0);
  background.run();
  flusher.tick(0);
  assert.deepEqual([log.begun, log.ended], [2, 2]);
});

Deno.test("Flusher flushes a bounded number of logs at once, and every log in its turn", () => {
  const background = new TestBackground(new MemoryDisk());
  const flusher = new Flusher(background);
  const logs = Array.from({ length: 2000 }, () => new TestLog());
  for (const log of logs) flusher.schedule(log, 100);
  assert.equal(flusher.tick(99), 100);
  for (let turn = 0; turn < 100 && logs.some(({ ended }) => ended === 0); turn++) {
    flusher.tick(100);
    const running = logs.filter(({ begun, ended }) => begun > ended).length;
    assert.ok(running > 0 && running <= 256, `${running} at once`);
    background.run();
  }
  assert.ok(logs.every(({ begun, ended }) => begun === 1 && ended === 1));
});
