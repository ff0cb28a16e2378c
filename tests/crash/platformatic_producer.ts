/**
 * An idempotent producer of @platformatic/kafka that outlives its broker: produces until standard input ends, then waits
 * for the last answer. Arguments: bootstrap, topic, partitions, name.
 *
 * A line on standard output for each outcome: "a PARTITION INDEX OFFSET" (acknowledged), "f PARTITION INDEX ERROR" (failed).
 *
 * One `send` at a time: while one is tried again the client would send the next ones past it, and then begin anew with
 * another producer id when the broker complains about their sequence numbers.
 * @module
 */
import { Buffer } from "node:buffer";
import { Producer } from "@platformatic/kafka";

const [bootstrap, topic, partitions, name] = Deno.args as [string, string, string, string];
const partitionCount = Number(partitions);
const recordsPerSend = 10;
/** The disk is to be killed under, not filled. */
const pauseMs = 8;

let isStopping = false;
void (async () => {
  for await (const _ of Deno.stdin.readable) { /* nothing is said, only its end counts */ }
  isStopping = true;
})();

const producer = new Producer({
  clientId: name,
  bootstrapBrokers: [bootstrap],
  idempotent: true,
  retries: true,
  retryDelay: 20,
  connectTimeout: 1000,
  // A broker that is frozen for longer is taken for dead, and everything is sent to it again.
  requestTimeout: 10_000,
  timeout: 10_000,
});

const encoder = new TextEncoder();
for (let firstIndex = 0; !isStopping; firstIndex += recordsPerSend) {
  const indexes = Array.from({ length: recordsPerSend }, (_, at) => firstIndex + at);
  const messages = Array.from({ length: partitionCount }, (_, partition) =>
    indexes.map((index) => ({
      topic,
      partition,
      value: Buffer.from(`${name} ${index} ${"x".repeat(index * 7919 % 700)}`),
    }))).flat();
  const outcomes: string[] = [];
  try {
    const { offsets } = await producer.send({ messages, acks: -1 });
    for (const { partition, offset } of offsets ?? []) {
      indexes.forEach((index, at) => outcomes.push(`a ${partition} ${index} ${Number(offset) + at}\n`));
    }
  } catch (error) {
    const reason = String(error).replaceAll(/\s+/g, " ");
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const index of indexes) outcomes.push(`f ${partition} ${index} ${reason}\n`);
    }
  }
  const bytes = encoder.encode(outcomes.join(""));
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
await producer.close();
Deno.exit(0);
