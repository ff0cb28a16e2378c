import assert from "node:assert/strict";
import { crc32c } from "../protocol/crc32c.ts";
import { MemoryDisk } from "../tests/support/memory_disk.ts";
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
  readProducerSnapshot,
  writeProducerSnapshot,
} from "./producer_snapshot.ts";

const entry = {
  producerId: 4003,
  epoch: 2,
  lastSequence: 41,
  lastOffset: 0x1_0000_0002,
  offsetDelta: 4,
  timestamp: 1_700_000_000_123,
  coordinatorEpoch: -1,
  currentTransactionFirstOffset: -1,
};

Deno.test("encodeProducerSnapshot writes Kafka's bytes", () => {
  const bytes = encodeProducerSnapshot([entry]);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const body = "00000001" + // count
    "0000000000000fa3" + "0002" + "00000029" + "0000000100000002" + "00000004" + "0000018bcfe5687b" +
    "ffffffff" + "ffffffffffffffff";
  assert.equal(hex.slice(12), body);
  assert.equal(hex.slice(0, 4), "0001");
  assert.equal(parseInt(hex.slice(4, 12), 16), crc32c(bytes.subarray(6)));
});

Deno.test("decodeProducerSnapshot reads a snapshot that Apache Kafka 4.3.1 wrote", () => {
  const hex = "0001e90ee377" + "00000002" +
    "00000000000000000000" + "0000202f" + "000000000000202f" + "00000017" + "000001a1fd16859a" + "ffffffff" +
    "ffffffffffffffff" +
    "00000000000000010000" + "00000741" + "0000000000002771" + "00000030" + "000001a1fd169080" + "ffffffff" +
    "ffffffffffffffff";
  const bytes = Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
  const entries = decodeProducerSnapshot(bytes);
  assert.ok(typeof entries !== "string", String(entries));
  const common = { epoch: 0, coordinatorEpoch: -1, currentTransactionFirstOffset: -1 };
  assert.deepEqual(entries, [
    {
      ...common,
      producerId: 0,
      lastSequence: 8239,
      lastOffset: 8239,
      offsetDelta: 23,
      timestamp: 0x1a1fd16859a,
    },
    {
      ...common,
      producerId: 1,
      lastSequence: 1857,
      lastOffset: 10097,
      offsetDelta: 48,
      timestamp: 0x1a1fd169080,
    },
  ]);
  assert.deepEqual(encodeProducerSnapshot(entries), bytes);
});

Deno.test("decodeProducerSnapshot reads back what encodeProducerSnapshot writes", () => {
  for (
    const entries of [[], [entry], [entry, {
      ...entry,
      producerId: 4004,
      epoch: 0,
      lastSequence: -1,
      lastOffset: -1,
    }]]
  ) {
    assert.deepEqual(decodeProducerSnapshot(encodeProducerSnapshot(entries)), entries);
  }
});

Deno.test("decodeProducerSnapshot refuses every cut and every flipped bit", () => {
  const bytes = encodeProducerSnapshot([entry]);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(typeof decodeProducerSnapshot(bytes.subarray(0, length)), "string", `${length} bytes`);
  }
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(typeof decodeProducerSnapshot(flipped), "string", `bit ${bit}`);
  }
});

Deno.test("writeProducerSnapshot replaces a longer file of the same name", () => {
  const disk = new MemoryDisk();
  writeProducerSnapshot(disk, "/s", [entry, entry]).close();
  writeProducerSnapshot(disk, "/s", [entry]).close();
  assert.deepEqual(readProducerSnapshot(disk, "/s"), [entry]);
});
