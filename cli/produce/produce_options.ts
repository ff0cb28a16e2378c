/**
 * What `milena produce` was asked for.
 * @module
 */
import type { HeaderToWrite } from "../../client/producer/record_writer.ts";
import type { ConfigInput } from "../../client/config/config_key.ts";
import { producerKeys } from "../../client/config/producer_keys.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { clientConfigOf } from "../cluster_config.ts";
import { CommandFailure, ExitCode, type FlagValues, type Invocation } from "../command.ts";
import { KNOWN_ESCAPES, unescaped } from "../escapes.ts";
import { wholeNumber } from "../number_flag.ts";

export interface ProduceOptions {
  readonly topic: string;
  /** "-": standard input. */
  readonly files: readonly string[];
  readonly shape: RecordShape;
  readonly isWholeFile: boolean;
  /** The byte that ends a record; undefined: the end of a line. */
  readonly delimiter: number | undefined;
  /** Most bytes of a record. */
  readonly maxBytes: number;
  readonly isQuiet: boolean;
  readonly config: ConfigInput<typeof producerKeys>;
}

/** How a line becomes a record. */
export interface RecordShape {
  readonly topic: string;
  readonly isJson: boolean;
  readonly key: Uint8Array | null;
  readonly keyDelimiter: Uint8Array | undefined;
  readonly headers: readonly HeaderToWrite[];
  readonly partition: number | undefined;
  /** An empty value is null. */
  readonly hasTombstones: boolean;
}

/** Full batches cost the broker and the network less; a batch that has lingered goes as it is. */
const BATCH_BYTES = 256 * 1024;
/** Of the text input, in which a line is not a record yet. */
const TEXT_FLAGS = ["key", "key-delimiter", "tombstone", "delimiter", "whole-file"];
const encoder = new TextEncoder();

/** Throws a CommandFailure. */
export function produceOptions(invocation: Invocation): ProduceOptions {
  const { flags, operands } = invocation;
  const [topic, ...files] = operands;
  if (topic === undefined) throw misuse("produce wants a topic: milena produce TOPIC");
  const config = producerConfig(invocation);
  return {
    topic,
    files: files.length === 0 ? ["-"] : files,
    shape: shapeOf(topic, flags),
    isWholeFile: flags.isOn("whole-file"),
    delimiter: delimiterOf(flags),
    maxBytes: readConfig("a producer", producerKeys, config)["max.request.size"],
    isQuiet: flags.isOn("quiet"),
    config,
  };
}

function producerConfig(invocation: Invocation): ConfigInput<typeof producerKeys> {
  const { flags } = invocation;
  const config: Record<string, unknown> = { ...clientConfigOf(invocation, "a producer", producerKeys) };
  for (const [flag, name] of [["compression", "compression.type"], ["acks", "acks"]] as const) {
    const text = flags.text(flag);
    if (text === undefined) continue;
    if (producerKeys[name].take(text) === undefined) {
      throw misuse(`--${flag} is "${text}", but must be ${producerKeys[name].wanted}`);
    }
    config[name] = text;
  }
  config["batch.size"] ??= BATCH_BYTES;
  return config as ConfigInput<typeof producerKeys>;
}

function shapeOf(topic: string, flags: FlagValues): RecordShape {
  const input = flags.text("input") ?? "text";
  if (input !== "text" && input !== "json") throw misuse(`--input is "${input}", but must be text or json`);
  const isJson = input === "json";
  const textFlag = TEXT_FLAGS.find((name) => flags.isOn(name));
  if (isJson && textFlag !== undefined) {
    throw misuse(`--${textFlag} is for --input text: with json, lines say it all`);
  }
  const key = flags.text("key");
  const keyDelimiter = flags.text("key-delimiter");
  if (keyDelimiter !== undefined) {
    const other = key !== undefined ? "key" : flags.isOn("whole-file") ? "whole-file" : undefined;
    if (other !== undefined) throw misuse(`--key-delimiter can't go with --${other}`);
  }
  const partition = flags.text("partition");
  return {
    topic,
    isJson,
    key: key === undefined ? null : encoder.encode(key),
    keyDelimiter: keyDelimiter === undefined ? undefined : bytesOf("--key-delimiter", keyDelimiter),
    headers: flags.texts("header").map(headerOf),
    partition: partition === undefined ? undefined : wholeNumber("--partition", partition),
    hasTombstones: flags.isOn("tombstone"),
  };
}

function delimiterOf(flags: FlagValues): number | undefined {
  const text = flags.text("delimiter");
  if (text === undefined) return undefined;
  const bytes = bytesOf("--delimiter", text);
  if (bytes.length !== 1) throw misuse(`--delimiter is "${text}", but must be one byte, such as \\0 or ;`);
  if (flags.isOn("whole-file")) throw misuse("--delimiter can't go with --whole-file");
  return bytes[0]!;
}

function bytesOf(flag: string, text: string): Uint8Array {
  const bytes = unescaped(text);
  if (bytes === undefined) {
    throw misuse(`${flag} is "${text}", where a backslash may begin only ${KNOWN_ESCAPES}`);
  }
  if (bytes.length === 0) throw misuse(`${flag} is empty`);
  return bytes;
}

function headerOf(text: string): HeaderToWrite {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  if (key === "") throw misuse(`--header is "${text}", but must be NAME=VALUE`);
  return { key, value: equals < 0 ? null : text.slice(equals + 1) };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(message, ExitCode.USAGE);
}
