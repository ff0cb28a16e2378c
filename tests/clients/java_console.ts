/**
 * Apache Kafka's console consumer, which prints records with delimiters that no test record has.
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Header, Reader, StoredRecord } from "./client.ts";
import { javaNeeds, toolBytes } from "./java_tools.ts";
import { endsOf } from "./milena_client.ts";

const FIELD = "\x1f;field;\x1f";
const HEADER = "\x1e;header;\x1e";
const RECORD = "\x1e;record;\x1e";
const NULL = "\x1f;null;\x1f";

export const javaConsoleReader: Reader = {
  name: "ConsoleConsumer",
  needs: javaNeeds,
  async read({ bootstrap, topic, partitions }) {
    const total = (await endsOf(bootstrap, topic)).reduce((sum, end) => sum + end, 0);
    const properties = {
      ...{ "print.timestamp": true, "print.partition": true, "print.offset": true, "print.headers": true },
      ...{ "print.key": true, "key.separator": FIELD, "headers.separator": HEADER, "line.separator": RECORD },
      "null.literal": NULL,
    };
    const output = await toolBytes("org.apache.kafka.tools.consumer.ConsoleConsumer", [
      ...["--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning"],
      ...["--max-messages", String(total), "--timeout-ms", "20000"],
      ...Object.entries(properties).flatMap(([name, value]) => ["--formatter-property", `${name}=${value}`]),
    ]);
    const records = Array.from({ length: partitions }, (): StoredRecord[] => []);
    for (const printed of split(output, RECORD).slice(0, -1)) {
      const [time, partition, offset, headers, key, value] = split(printed, FIELD);
      records[Number(afterColon(partition!))]!.push({
        offset: Number(afterColon(offset!)),
        timestamp: Number(afterColon(time!)),
        headers: headersOf(headers!),
        key: orNull(key!),
        value: orNull(value!),
      });
    }
    return records;
  },
};

function headersOf(printed: Buffer): Header[] {
  if (printed.equals(new TextEncoder().encode("NO_HEADERS"))) return [];
  return split(printed, HEADER).map((header) => {
    const colon = header.indexOf(":");
    return { name: header.subarray(0, colon).toString(), value: orNull(header.subarray(colon + 1)) };
  });
}

const afterColon = (field: Buffer) => field.subarray(field.indexOf(":") + 1).toString();

const orNull = (field: Buffer) => field.toString() === NULL ? null : new Uint8Array(field);

function split(bytes: Buffer, delimiter: string): Buffer[] {
  const parts: Buffer[] = [];
  let begin = 0;
  for (let end; (end = bytes.indexOf(delimiter, begin)) >= 0; begin = end + delimiter.length) {
    parts.push(bytes.subarray(begin, end));
  }
  return [...parts, bytes.subarray(begin)];
}
