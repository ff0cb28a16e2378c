/**
 * What `milena consume` was asked for.
 * @module
 */
import { consumerKeys } from "../../client/config/consumer_keys.ts";
import type { ConfigInput } from "../../client/config/config_key.ts";
import { clientConfigOf } from "../cluster_config.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { wholeNumber, wholeNumbers } from "../number_flag.ts";
import { FROM_START, type OffsetRange, parseOffsetRange } from "./offset_range.ts";

export interface ConsumeOptions {
  /** Names, or patterns. */
  readonly topics: readonly string[];
  readonly isRegex: boolean;
  /** undefined: all. */
  readonly partitions: readonly number[] | undefined;
  readonly range: OffsetRange;
  /** Infinity: no end. */
  readonly maxRecords: number;
  readonly isUntilEnd: boolean;
  readonly group: string | undefined;
  readonly filter: string | undefined;
  readonly format: string | undefined;
  readonly isMetaOnly: boolean;
  readonly isReadCommitted: boolean;
  readonly config: ConfigInput<typeof consumerKeys>;
}

/** Throws a CommandFailure. */
export function consumeOptions(invocation: Invocation, nowMs: number): ConsumeOptions {
  const { flags, operands } = invocation;
  if (operands.length === 0) throw misuse("consume wants a topic: milena consume TOPIC");
  const group = flags.text("group");
  const offset = flags.text("offset");
  const num = flags.text("num");
  const partitions = flags.texts("partition");
  const format = flags.text("format");
  const isMetaOnly = flags.isOn("meta-only");
  const range = offset === undefined ? FROM_START : parseOffsetRange(offset, nowMs);
  if (group === "") throw misuse("--group is empty");
  if (group !== undefined && partitions.length > 0) {
    throw misuse("--group and --partition: the group says which partitions its members read");
  }
  if (group !== undefined && (range.to !== undefined || !/^(start|end)$/.test(range.from.kind))) {
    throw misuse(
      "with --group what was committed says where to begin, and --offset only where nothing was: start or end. " +
        "To move a group, see: milena group seek",
    );
  }
  if (isMetaOnly && format !== undefined && format !== "json") {
    throw misuse(`--meta-only shows JSON, so it can't go with --format ${format}`);
  }
  const config = clientConfigOf(invocation, "a consumer", consumerKeys);
  const isolation = flags.text("isolation") ?? config["isolation.level"] ?? "read_uncommitted";
  if (isolation !== "read_committed" && isolation !== "read_uncommitted") {
    throw misuse(`--isolation is "${isolation}", but must be read_committed or read_uncommitted`);
  }
  return {
    topics: [...new Set(operands)],
    isRegex: flags.isOn("regex"),
    partitions: partitions.length === 0 ? undefined : wholeNumbers("--partition", partitions),
    range,
    maxRecords: num === undefined ? Infinity : wholeNumber("--num", num, 1),
    isUntilEnd: flags.isOn("until-end"),
    group,
    filter: flags.text("filter"),
    format,
    isMetaOnly,
    isReadCommitted: isolation === "read_committed",
    config,
  };
}

function misuse(message: string): CommandFailure {
  return new CommandFailure(message, ExitCode.USAGE);
}
