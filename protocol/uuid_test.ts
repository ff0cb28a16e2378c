import { Buffer } from "node:buffer";
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { isUuid, newUuid, uuidFromBytes, uuidToBytes, ZERO_UUID } from "./uuid.ts";
import { fromHex, toHex } from "../tests/support/hex.ts";

function bytesOf(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  uuidToBytes(uuid, bytes);
  return bytes;
}

Deno.test("uuidFromBytes gives Kafka's text when bytes are known", () => {
  equal(uuidFromBytes(new Uint8Array(16)), ZERO_UUID);
  // The id of Kafka's own metadata topic: the number 1.
  equal(uuidFromBytes(fromHex("00000000000000000000000000000001")), "AAAAAAAAAAAAAAAAAAAAAQ");
  equal(uuidFromBytes(new Uint8Array(16).fill(0xff)), "_____________________w");
});

Deno.test("uuidToBytes undoes uuidFromBytes when each bit is set alone", () => {
  for (let bit = 0; bit < 128; bit++) {
    const bytes = new Uint8Array(18);
    bytes[1 + (bit >> 3)] = 0x80 >> (bit & 7);
    const text = uuidFromBytes(bytes, 1);
    equal(isUuid(text), true);
    equal(text, Buffer.from(bytes.subarray(1, 17)).toString("base64url"));
    deepEqual(bytesOf(text), bytes.slice(1, 17));
  }
});

Deno.test("isUuid is false when a text is not the one text of an id", () => {
  for (
    const text of [
      "",
      "AAAAAAAAAAAAAAAAAAAAA",
      `${ZERO_UUID}A`,
      "AAAAAAAAAAAAAAAAAAAA+A",
      "AAAAAAAAAAAAAAAAAAAAAä",
    ]
  ) {
    equal(isUuid(text), false, text);
  }
  // The last character holds 2 bits of the id; with other bits two texts would name one id.
  equal(isUuid("AAAAAAAAAAAAAAAAAAAAAB"), false);
  throws(() => bytesOf("AAAAAAAAAAAAAAAAAAAAAB"), /is not an id/);
});

Deno.test("newUuid is a version 4 id that does not begin with a dash when random bytes would make it one", () => {
  const asked: number[] = [];
  const id = newUuid((length) => {
    asked.push(length);
    // 0xf8… is "-A…" in base64url; the second try is taken.
    return asked.length === 1 ? new Uint8Array(length).fill(0xf8) : new Uint8Array(length).fill(0x55);
  });
  deepEqual(asked, [16, 16]);
  match(id, /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  equal(toHex(bytesOf(id)), "55555555555545559555555555555555");
});
