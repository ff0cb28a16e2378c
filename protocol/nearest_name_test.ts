import { equal } from "node:assert/strict";
import { didYouMean, nearestName } from "./nearest_name.ts";

const names = ["log.segment.bytes", "log.roll.ms", "num.partitions", "serve", "--listen"];

Deno.test("nearestName finds a name with letters missing, added, wrong or swapped", () => {
  equal(nearestName("log.segmnt.bytes", names), "log.segment.bytes");
  equal(nearestName("log.segmentt.bytes", names), "log.segment.bytes");
  equal(nearestName("log.rall.ms", names), "log.roll.ms");
  equal(nearestName("sevre", names), "serve");
});

Deno.test("nearestName takes dots, dashes, underscores and case as the same", () => {
  equal(nearestName("NUM_PARTITIONS", names), "num.partitions");
  equal(nearestName("num-partitions", names), "num.partitions");
});

Deno.test("nearestName returns undefined when nothing is near", () => {
  equal(nearestName("compression.type", names), undefined);
  equal(nearestName("x", names), undefined);
  equal(nearestName("anything", []), undefined);
});

Deno.test("nearestName prefers the nearer of two", () => {
  equal(nearestName("log.roll.mss", ["log.roll.msxx", "log.roll.ms"]), "log.roll.ms");
});

Deno.test("didYouMean says nothing rather than something misleading", () => {
  equal(didYouMean("serv", names), "; did you mean serve?");
  equal(didYouMean("compression.type", names), "");
});
