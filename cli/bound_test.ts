import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import type { Admin } from "../client/admin/admin.ts";
import { ResponseError } from "../client/response_error.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { parseBound, placeBound } from "./bound.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");

Deno.test("parseBound takes a word, an offset, a distance or a time", () => {
  const parse = (text: string) => parseBound(text, "--to", NOW_MS);
  deepEqual(parse("start"), { kind: "start" });
  deepEqual(parse("end"), { kind: "end" });
  deepEqual(parse("1700000000000"), { kind: "offset", count: 1700000000000 }, "a number is an offset");
  deepEqual(parse("+5"), { kind: "afterStart", count: 5 });
  deepEqual(parse("-10"), { kind: "beforeEnd", count: 10 });
  deepEqual(parse("@1700000000000"), { kind: "time", timestampMs: 1700000000000 });
  deepEqual(parse("-1h"), { kind: "time", timestampMs: NOW_MS - 3_600_000 });
  deepEqual(parse("2026-11-25"), { kind: "time", timestampMs: Date.parse("2026-11-25") });
  throws(
    () => parse("begin"),
    /--to is "begin", but must be start, end, an offset, \+N, -N, or a time such as/,
  );
  throws(() => parse(""), /--to is ""/);
});

/** A partition from 100 to 200, whose records have the time of their offset. */
const admin = {
  listOffsets: (
    partitions: readonly { topic: string; partition: number }[],
    at: "earliest" | "latest" | number,
  ) =>
    Promise.resolve(partitions.map((one) => ({
      ...one,
      error: one.topic === "away"
        ? new ResponseError(ErrorCode.LEADER_NOT_AVAILABLE, "list an offset")
        : undefined,
      offset: at === "earliest" ? 100 : at === "latest" ? 200 : at >= 200 ? undefined : Math.max(100, at),
    }))),
} as unknown as Admin;

Deno.test("placeBound never leaves the partition", async () => {
  const place = async (text: string) => {
    const [placed] = await placeBound(admin, [{ topic: "t", partition: 0 }], parseBound(text, "--to", 0));
    return placed!.offset;
  };
  for (
    const [text, offset] of [
      ["start", 100],
      ["end", 200],
      ["150", 150],
      ["5", 100],
      ["500", 200],
      ["+10", 110],
      ["+1000", 200],
      ["-10", 190],
      ["-1000", 100],
      ["-0", 200],
      ["@0000000000150", 150],
      ["@1700000000000", 200],
    ] as const
  ) equal(await place(text), offset, text);
  await rejects(
    placeBound(admin, [{ topic: "away", partition: 0 }], { kind: "end" }),
    /LEADER_NOT_AVAILABLE/,
  );
});
