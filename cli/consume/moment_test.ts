import { equal } from "node:assert/strict";
import { parseMoment } from "./moment.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");

function shown(text: string): string | undefined {
  const ms = parseMoment(text, NOW_MS);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

Deno.test("parseMoment takes seconds and milliseconds since 1970", () => {
  equal(shown("1700000000"), "2023-11-14T22:13:20.000Z");
  equal(shown("1700000000123"), "2023-11-14T22:13:20.123Z");
  equal(parseMoment("0", NOW_MS), 0);
});

Deno.test("parseMoment takes dates and times, in UTC unless they say otherwise", () => {
  equal(shown("2026-11-25"), "2026-11-25T00:00:00.000Z");
  equal(shown("2026-11-25T12:30"), "2026-11-25T12:30:00.000Z");
  equal(shown("2026-11-25 12:30:15.5"), "2026-11-25T12:30:15.500Z");
  equal(shown("2026-11-25T12:30:15+02:00"), "2026-11-25T10:30:15.000Z");
});

Deno.test("parseMoment takes what is so long ago", () => {
  equal(shown("now"), "2026-11-25T12:00:00.000Z");
  equal(shown("-1h"), "2026-11-25T11:00:00.000Z");
  equal(shown("-1d12h"), "2026-11-24T00:00:00.000Z");
  equal(shown("-250ms"), "2026-11-25T11:59:59.750Z");
});

Deno.test("parseMoment refuses everything else", () => {
  for (
    const text of [
      "",
      "-",
      "-h",
      "-1",
      "1h",
      "12:30",
      "2026-13-01",
      "2026-11-25T",
      "yesterday",
      "-1h-",
      "1e3",
    ]
  ) {
    equal(shown(text), undefined, text);
  }
});
