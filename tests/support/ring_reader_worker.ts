/// <reference lib="deno.worker" />
/** Reads `count` two-byte counters from a ring and tells the first one that is out of order. */
import { Ring } from "../../broker/io/ring.ts";

self.onmessage = (event: MessageEvent<{ memory: SharedArrayBuffer; count: number }>) => {
  const ring = new Ring(event.data.memory);
  for (let expected = 0; expected < event.data.count; expected++) {
    const message = ring.pop();
    const value = message[0]! | message[1]! << 8;
    if (value !== (expected & 0xffff)) {
      self.postMessage(`found ${value}, wanted ${expected & 0xffff}`);
      return;
    }
  }
  self.postMessage(`read ${event.data.count}`);
};
