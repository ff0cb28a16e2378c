import { deepEqual, equal } from "node:assert/strict";
import { defaultLogConfig } from "../storage/log_config.ts";
import { parseTopicConfig, topicLogConfig } from "./topic_settings.ts";

const broker = { logDefaults: defaultLogConfig };

function problem(entries: Record<string, string>): string | undefined {
  const parsed = parseTopicConfig(Object.entries(entries), broker);
  return "problem" in parsed ? parsed.problem : undefined;
}

Deno.test("parseTopicConfig without entries is the broker's defaults", () => {
  deepEqual(parseTopicConfig([], broker), { config: defaultLogConfig });
});

Deno.test("parseTopicConfig takes a topic's own settings in place of the broker's", () => {
  const entries = new Map([
    ["segment.bytes", "2097152"],
    ["flush.messages", "1"],
    ["flush.ms", "9223372036854775807"],
    ["message.timestamp.type", "LogAppendTime"],
    ["max.message.bytes", " 5000 "],
  ]);
  deepEqual(parseTopicConfig(entries, broker), {
    config: {
      ...defaultLogConfig,
      segmentBytes: 2_097_152,
      flushMessages: 1,
      flushMs: Infinity,
      timestampType: "LogAppendTime",
      maxMessageBytes: 5000,
    },
  });
});

Deno.test("parseTopicConfig accepts settings that have no effect yet", () => {
  equal(
    problem({ "cleanup.policy": "compact,delete", "retention.ms": "-1", "min.insync.replicas": "2" }),
    undefined,
  );
});

Deno.test("parseTopicConfig says of each bad entry what was found and what is wanted", () => {
  equal(
    problem({ "segment.bytes": "100", "retention.ms": "soon", "cleanup.policy": "keep" }),
    'segment.bytes is "100", but must be at least 1048576; ' +
      'retention.ms is "soon", but must be a whole number (long); ' +
      'cleanup.policy is "keep", but must be any of compact, delete',
  );
});

Deno.test("parseTopicConfig names the setting that was probably meant", () => {
  equal(
    problem({ "retention.mss": "1" }),
    "retention.mss is no setting of a topic; did you mean retention.ms?",
  );
  equal(
    problem({ "message.max.bytes": "1" }),
    "message.max.bytes is a setting of the broker; a topic's is max.message.bytes",
  );
  equal(problem({ "no.such.thing": "1" }), "no.such.thing is no setting of a topic");
});

Deno.test("parseTopicConfig checks settings against each other", () => {
  equal(
    problem({ "min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5" }),
    "min.compaction.lag.ms is 10, but must be at most max.compaction.lag.ms, which is 5",
  );
  equal(
    problem({ "remote.storage.enable": "true" }),
    "remote.storage.enable is true, but must be false: this version has no tiered storage",
  );
});

Deno.test("topicLogConfig reads a stored topic in spite of what it does not understand", () => {
  const config = topicLogConfig(
    [["from.the.future", "1"], ["segment.bytes", "huge"], ["flush.messages", "1"]],
    broker,
  );
  deepEqual(config, { ...defaultLogConfig, flushMessages: 1 });
});
