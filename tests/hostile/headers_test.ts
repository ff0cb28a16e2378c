/**
 * Request headers that lie: keys and versions nobody has, lengths, tagged fields.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { Reader } from "../../protocol/primitives.ts";
import {
  array,
  compactString,
  concat,
  flexibleHeader,
  frame,
  header,
  int16,
  int32,
  noTags,
  string,
  uvarint,
} from "../support/wire.ts";
import { hostileTargetOfThisFile, hostileTests } from "./hostile.ts";

const target = hostileTargetOfThisFile();

/** ApiVersions 3: name and version of the client's software. */
const softwareNames = concat(compactString("test"), compactString("1"), noTags);

function assertVersionZeroListing(answer: Reader): void {
  const { errorCode, apiKeys } = api.ApiVersions.response.decode(answer, 0);
  assert.ok(!answer.failed && answer.remaining === 0, "a body of version 0 and nothing else");
  assert.equal(errorCode, 35, "UNSUPPORTED_VERSION");
  const own = apiKeys.find(({ apiKey }) => apiKey === 18);
  assert.ok(
    own !== undefined && own.minVersion === 0 && own.maxVersion >= 3,
    "the range of ApiVersions is listed",
  );
}

hostileTests(target, [
  {
    name: "an unknown API key, 9999",
    why: "a table of handlers is read beyond its end",
    bytes: () => frame(header({ key: 9999, version: 0 })),
    outcome: "closed",
  },
  {
    name: "API key -1",
    why: "handlers[-1]",
    bytes: () => frame(header({ key: -1, version: 0 })),
    outcome: "closed",
  },
  {
    name: "Produce version 99",
    why: "decoded by the newest table its fields stand elsewhere",
    bytes: () => frame(flexibleHeader({ key: 0, version: 99 }), new Uint8Array(64)),
    outcome: "closed",
  },
  {
    name: "Fetch version -1",
    why: "a field since version 0 is not in version -1: the body has no fields",
    bytes: () => frame(header({ key: 1, version: -1 }), new Uint8Array(64)),
    outcome: "closed",
  },
  {
    name: "Produce version 0, which is listed for old librdkafka but not served",
    why: "its record format is another; Kafka lists it and refuses it",
    bytes: () => frame(header({ key: 0, version: 0 }), int16(1), int32(1000), array()),
    outcome: "closed or answered",
  },
  {
    name: "ApiVersions version 99",
    why: "an answer in version 99 can't be read; it must be error 35 in version 0, with key 18's range",
    bytes: () => frame(flexibleHeader({ key: 18, version: 99 }), softwareNames),
    outcome: assertVersionZeroListing,
  },
  {
    name: "ApiVersions version 32,767 with a body of another kind",
    why: "the body of a version that nobody knows must not be looked at",
    bytes: () => frame(flexibleHeader({ key: 18, version: 32767 }), new Uint8Array(500).fill(0xff)),
    outcome: assertVersionZeroListing,
  },
  {
    name: "ApiVersions with control characters for a software name",
    why: "the name goes into logs and metric labels",
    bytes: () => {
      const names = concat(compactString("\x1b[2Jevil\n"), compactString("1"), noTags);
      return frame(flexibleHeader({ key: 18, version: 3 }), names);
    },
    outcome: (answer) => assert.equal(answer.int16(), 42, "INVALID_REQUEST"),
  },
  {
    name: "a client id of 32,767 bytes in a frame of 20",
    why: "a string read beyond its frame gives away what lies behind it",
    bytes: () => frame(int16(18), int16(0), int32(1), int16(32767), new Uint8Array(10)),
    outcome: "closed",
  },
  {
    name: "a client id of length -2",
    why: "only -1 means null; position - 2 reads the header again",
    bytes: () => frame(int16(18), int16(0), int32(1), int16(-2)),
    outcome: "closed or answered",
  },
  {
    name: "a client id of length -32,768",
    why: "the position would move back by 32 KiB",
    bytes: () => frame(int16(3), int16(1), int32(1), int16(-32768), int32(0)),
    outcome: "closed or answered",
  },
  {
    name: "a client id that is no UTF-8",
    why: "a fatal decoder throws in the middle of the loop",
    bytes: () => frame(int16(18), int16(0), int32(1), int16(4), new Uint8Array([0xff, 0xfe, 0xc0, 0x80])),
    outcome: "closed or answered",
  },
  {
    name: "2^31 - 1 tagged fields in an empty header",
    why: "2,147,483,647 turns of a loop over nothing, for 5 bytes",
    bytes: () => frame(header({ key: 18, version: 3 }), uvarint(2 ** 31 - 1)),
    outcome: "closed",
  },
  {
    name: "2^32 - 1 tagged fields",
    why: "-1 as a signed number: the loop never ends, or never starts and the rest is taken for the body",
    bytes: () => frame(header({ key: 18, version: 3 }), uvarint(2 ** 32 - 1), new Uint8Array(100)),
    outcome: "closed",
  },
  {
    name: "a count of tagged fields that takes ten bytes",
    why: "a shift by 63 in 32-bit arithmetic wraps to small counts",
    bytes: () => frame(header({ key: 18, version: 3 }), uvarint(2n ** 63n), softwareNames),
    outcome: "closed",
  },
  {
    name: "a varint that never ends",
    why: "each byte says that another follows: the loop runs out of the frame",
    bytes: () => frame(header({ key: 18, version: 3 }), new Uint8Array(1000).fill(0x80)),
    outcome: "closed",
  },
  {
    name: "a tagged field larger than its frame",
    why: "skipping 4,294,967,295 bytes wraps the position",
    bytes: () =>
      frame(header({ key: 18, version: 3 }), uvarint(1), uvarint(5), uvarint(2 ** 32 - 1), softwareNames),
    outcome: "closed",
  },
  {
    name: "50,000 empty tagged fields in the header",
    why: "an object per unknown field: 200 kB become 5 MB",
    bytes: () => {
      const fields = Array.from({ length: 50_000 }, (_, tag) => concat(uvarint(tag + 100), uvarint(0)));
      return frame(header({ key: 18, version: 3 }), uvarint(fields.length), ...fields, softwareNames);
    },
    outcome: "closed or answered",
  },
  {
    name: "the same tagged field twice",
    why: "a later one overwrites what was checked of the first",
    bytes: () => {
      const field = concat(uvarint(0), uvarint(1), new Uint8Array([7]));
      return frame(header({ key: 18, version: 3 }), uvarint(2), field, field, softwareNames);
    },
    outcome: "closed or answered",
  },
  {
    name: "bytes behind the end of the body",
    why: "left in the buffer they are taken for the next frame's size",
    bytes: () => concat(frame(header({ key: 18, version: 0 }), new Uint8Array(1000).fill(0xff))),
    outcome: "closed or answered",
  },
  {
    name: "a request of a broker: LeaderAndIsr",
    why: "keys 4 to 7 move partitions about, and nobody has asked who is speaking",
    bytes: () => frame(header({ key: 4, version: 0 }), new Uint8Array(64)),
    outcome: "closed",
  },
  {
    name: "a request for a raft snapshot",
    why: "FetchSnapshot (59) reads files by name",
    bytes: () => frame(flexibleHeader({ key: 59, version: 0 }), string("../../etc/passwd")),
    outcome: "closed",
  },
]);
