import { deepEqual, equal, match, throws } from "node:assert/strict";
import {
  checkFrame,
  describeForeignBytes,
  type Frame,
  frameLength,
  FrameStatus,
  splitFrame,
} from "./frame.ts";
import { fromHex, toHex } from "../tests/support/hex.ts";

function split(bytes: Uint8Array, start: number, end: number, limit: number): Frame {
  const frame: Frame = { status: FrameStatus.incomplete, bodyStart: -1, bodyEnd: -1, missingBytes: -1 };
  splitFrame(bytes, start, end, limit, frame);
  checkFrame(frame, start, end, limit);
  return frame;
}

Deno.test("splitFrame finds every frame when a stream is cut at any byte", () => {
  const stream = fromHex("00000001aa" + "00000000" + "00000003010203");
  for (let cut = 0; cut <= stream.length; cut++) {
    const bodies: string[] = [];
    let start = 0;
    for (const end of [cut, stream.length]) {
      for (;;) {
        const frame = split(stream, start, end, 3);
        if (frame.status !== FrameStatus.complete) break;
        bodies.push(toHex(stream.subarray(frame.bodyStart, frame.bodyEnd)));
        start = frame.bodyEnd;
      }
    }
    deepEqual(bodies, ["aa", "", "010203"], `cut at ${cut}`);
  }
});

Deno.test("splitFrame tells the bytes that are missing when a frame is not all there", () => {
  const bytes = fromHex("ff" + "00000005" + "0102030405");
  deepEqual([1, 2, 3, 4, 5, 6, 9].map((end) => split(bytes, 1, end, 100).missingBytes), [
    4,
    3,
    2,
    1,
    5,
    4,
    1,
  ]);
  equal(split(bytes, 1, 10, 100).status, FrameStatus.complete);
});

Deno.test("splitFrame refuses a length when it is negative or above the limit", () => {
  // Taken for an unsigned number, -1 would ask for 4 GiB; as a size to allocate, for an exception.
  for (const length of ["ffffffff", "80000000", "00000065", "7fffffff"]) {
    equal(split(fromHex(length), 0, 4, 100).status, FrameStatus.refused, length);
  }
  equal(split(fromHex("00000064"), 0, 4, 100).status, FrameStatus.incomplete);
  equal(frameLength(fromHex("ff80000000"), 1), -(2 ** 31));
});

Deno.test("checkFrame throws when a frame's numbers can't be", () => {
  const complete: Frame = { status: FrameStatus.complete, bodyStart: 4, bodyEnd: 8, missingBytes: 0 };
  checkFrame(complete, 0, 8, 4);
  throws(
    () => checkFrame(complete, 0, 7, 4),
    /complete, body \[4, 8\), 0 bytes missing, in \[0, 7\) with limit 4/,
  );
  throws(() => checkFrame(complete, 0, 8, 3));
  throws(() => checkFrame({ ...complete, bodyStart: 9 }, 0, 8, 4));
  throws(() => checkFrame({ ...complete, status: FrameStatus.incomplete }, 0, 8, 4));
});

Deno.test("describeForeignBytes names TLS when it comes to the Kafka port", () => {
  match(describeForeignBytes(fromHex("1603010200010001fc"))!, /a TLS hello/);
  equal(describeForeignBytes(fromHex("0000001000120003")), undefined);
  equal(describeForeignBytes(new Uint8Array(0)), undefined);
});
