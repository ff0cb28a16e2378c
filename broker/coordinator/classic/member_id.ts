/**
 * Ids that members are given: what the member calls itself, and a random UUID, as Kafka makes them.
 * @module
 */
import type { Random } from "../../../storage/environment.ts";

const UUID_BYTES = 16;

export function newMemberId(name: string, random: Random): string {
  const bytes = random.bytes(UUID_BYTES);
  // Version 4, variant 1: see RFC 9562.
  bytes[6] = bytes[6]! & 0x0f | 0x40;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  const hex = bytes.toHex();
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `${name}-${groups.join("-")}`;
}
