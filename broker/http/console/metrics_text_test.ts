import assert from "node:assert/strict";
import { parseMetrics } from "./client/metrics_text.js";

Deno.test("parseMetrics reads samples with and without labels, and passes over what is none", () => {
  const text = [
    "# HELP a_total what it is",
    "# TYPE a_total counter",
    "a_total 5",
    'b{topic="x",le="+Inf"} 7 1700000000000',
    String.raw`c{name="a \"b\" \\ \n}, d=\"",} 1e3`,
    "d{} +Inf",
    "e NaN",
    "",
    "no_value",
    'broken{label="x 1',
    'f 1 # {trace_id="x"} 2',
  ].join("\n");
  assert.deepEqual([...parseMetrics(text)], [
    { name: "a_total", labels: {}, value: 5 },
    { name: "b", labels: { topic: "x", le: "+Inf" }, value: 7 },
    { name: "c", labels: { name: 'a "b" \\ \n}, d="' }, value: 1000 },
    { name: "d", labels: {}, value: Infinity },
    { name: "e", labels: {}, value: NaN },
    { name: "f", labels: {}, value: 1 },
  ]);
});
