/**
 * kcat 1.7 (librdkafka), by its command line. Records go through its standard input and output, split by
 * delimiters that no test record has, and by lengths.
 * @module
 */
import { Buffer } from "node:buffer";
import { program } from "../support/requirement.ts";
import { runCommand, type RunResult } from "../support/run_command.ts";
import type { Header, Reader, SentRecord, StoredRecord, Writer } from "./client.ts";

const recordDelimiter = "\x1e;record;\x1e";
const keyDelimiter = "\x1f=key=\x1f";
const headerEnd = "\x1e;headers;\x1e";

/** The end of a partition shows when a fetch comes back empty, after this wait. */
const quickEnd = ["-X", "fetch.wait.max.ms=50"];

export const kcatProgram = program("kcat");

export function kcat(bootstrap: string, args: string[], stdin?: Uint8Array): Promise<RunResult> {
  return runCommand("kcat", ["-b", bootstrap, ...args], stdin === undefined ? {} : { stdin });
}

export const kcatWriter: Writer = {
  name: "kcat",
  needs: [kcatProgram],
  limits: {
    timestamps: "kcat has no option for them",
    binaryHeaderValues: "kcat takes headers as arguments of its command line",
    emptyValueOfNullKey: "kcat sends an empty key with an empty value",
  },
  async write({ bootstrap, topic, partition }, records, { codec, acks, idempotent, batchRecords = 10_000 }) {
    const settings = {
      "acks": acks,
      "enable.idempotence": idempotent,
      "message.max.bytes": 1_048_576,
      "batch.num.messages": batchRecords,
    };
    // Headers and what an empty field means hold for a whole run of kcat: one run per stretch of equal ones.
    for (const { flags, stretch } of stretches(records)) {
      const input = stretch.flatMap(({ key, value }) => [
        ...flags.includes("-K") ? [key ?? "", keyDelimiter] : [],
        ...[value ?? "", recordDelimiter],
      ]);
      await kcat(bootstrap, [
        ...["-P", "-t", topic, "-p", String(partition), "-z", codec, "-D", recordDelimiter],
        ...Object.entries(settings).flatMap(([name, value]) => ["-X", `${name}=${value}`]),
        ...flags,
      ], Buffer.concat(input.map((part) => typeof part === "string" ? Buffer.from(part) : part)));
    }
  },
};

function* stretches(records: readonly SentRecord[]): Generator<{ flags: string[]; stretch: SentRecord[] }> {
  let current: { flags: string[]; stretch: SentRecord[] } | undefined;
  for (const record of records) {
    const flags = flagsFor(record);
    if (current !== undefined && flags.join("\0") === current.flags.join("\0")) {
      current.stretch.push(record);
    } else {
      if (current !== undefined) yield current;
      current = { flags, stretch: [record] };
    }
  }
  if (current !== undefined) yield current;
}

function flagsFor({ key, value, headers }: SentRecord): string[] {
  // Without -K the key is null; with -Z every empty field is null.
  const fields = value === null ? ["-K", keyDelimiter, "-Z"] : key === null ? [] : ["-K", keyDelimiter];
  const decoder = new TextDecoder();
  return [
    ...fields,
    ...headers.flatMap((
      { name, value },
    ) => ["-H", value === null ? name : `${name}=${decoder.decode(value)}`]),
  ];
}

export const kcatReader: Reader = {
  name: "kcat",
  needs: [kcatProgram],
  async read({ bootstrap, topic, partitions }) {
    const format = `%p %o %T %K %S %h${headerEnd}%k%s`;
    const reading = ["-C", "-t", topic, "-o", "beginning", "-e", "-q", ...quickEnd];
    const { stdout } = await kcat(bootstrap, [...reading, "-f", format]);
    const records = Array.from({ length: partitions }, (): StoredRecord[] => []);
    for (const { partition, record } of parse(Buffer.from(stdout))) records[partition]!.push(record);
    return records;
  },
};

function* parse(output: Buffer): Generator<{ partition: number; record: StoredRecord }> {
  let position = 0;
  const field = (end: string): Buffer => {
    const at = output.indexOf(end, position);
    if (at < 0) {
      throw new Error(`kcat's output ends within a record, at byte ${position} of ${output.length}`);
    }
    const bytes = output.subarray(position, at);
    position = at + end.length;
    return bytes;
  };
  const number = () => Number(field(" ").toString());
  const bytes = (size: number): Uint8Array | null =>
    size < 0 ? null : new Uint8Array(output.subarray(position, position += size));
  while (position < output.length) {
    const [partition, offset, timestamp, keySize] = [number(), number(), number(), number()];
    // kcat gives a null value the size -1, as it does a null key.
    const valueSize = number();
    const headers = parseHeaders(field(headerEnd));
    const key = bytes(keySize!);
    const value = bytes(valueSize);
    yield { partition: partition!, record: { offset: offset!, timestamp: timestamp!, key, value, headers } };
  }
}

/** `name=value,name=value`; no test header has a comma or an equals sign, or says NULL. */
function parseHeaders(text: Buffer): Header[] {
  if (text.length === 0) return [];
  return text.toString("latin1").split(",").map((header) => {
    const [name, value] = header.split("=");
    const decodedName = Buffer.from(name!, "latin1").toString();
    return {
      name: decodedName,
      value: value === "NULL" ? null : new Uint8Array(Buffer.from(value!, "latin1")),
    };
  });
}
