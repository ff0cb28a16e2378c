/**
 * Good frames made bad.
 * @module
 */
import type { SeededRandom } from "../support/random.ts";
import type { Bytes } from "../support/wire.ts";

const interesting = [0, 1, 2, 0x7e, 0x7f, 0x80, 0xfe, 0xff];

/** Changes a few bytes; the size in front is made right again most of the time, so that it is the body which lies. */
export function mutate(good: Bytes, random: SeededRandom): Bytes {
  let bytes = new Uint8Array(good);
  for (let change = 1 + random.below(4); change > 0; change--) {
    const at = 4 + random.below(bytes.length - 4);
    switch (random.below(5)) {
      case 0: // a bit
        bytes[at]! ^= 1 << random.below(8);
        break;
      case 1: // a byte at the edge of something
        bytes[at] = random.pick(interesting);
        break;
      case 2: { // four bytes of a number at the edge
        const view = new DataView(bytes.buffer);
        if (at + 4 <= bytes.length) {
          view.setInt32(at, random.pick([-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), 65536]));
        }
        break;
      }
      case 3: // cut
        bytes = bytes.slice(0, Math.max(12, at));
        break;
      default: { // a stretch twice
        const stretch = bytes.subarray(at, at + random.below(20));
        bytes = new Uint8Array([...bytes.subarray(0, at), ...stretch, ...bytes.subarray(at)]);
      }
    }
  }
  if (random.below(20) > 0) new DataView(bytes.buffer).setInt32(0, bytes.length - 4);
  return bytes;
}
