/**
 * The project's own producer, idempotent, that outlives its broker: produces until standard input ends, then waits for the
 * last answers. Arguments: bootstrap, topic, partitions, name.
 *
 * A line on standard output for each outcome: "a PARTITION INDEX OFFSET" (acknowledged), "f PARTITION INDEX ERROR" (failed).
 * @module
 */
import { Producer } from "../../client/mod.ts";

const [bootstrap, topic, partitions, name] = Deno.args as [string, string, string, string];
const partitionCount = Number(partitions);
const MOST_UNANSWERED = 400;
const RECORDS_PER_TURN = 10;
/** The disk is to be killed under, not filled. */
const PAUSE_MS = 5;

let isStopping = false;
void (async () => {
  for await (const _ of Deno.stdin.readable) { /* nothing is said, only its end counts */ }
  isStopping = true;
})();

const producer = new Producer({
  "bootstrap.servers": bootstrap,
  "client.id": name,
  "linger.ms": 2,
  // A record waits for its broker as long as that takes: none fails because it was down.
  "delivery.timeout.ms": 600_000,
  "max.block.ms": 600_000,
  // A broker that is frozen for longer is taken for dead, and everything is sent to it again.
  "request.timeout.ms": 9000,
  ...{ "retry.backoff.ms": 10, "retry.backoff.max.ms": 50 },
  ...{ "reconnect.backoff.ms": 10, "reconnect.backoff.max.ms": 50 },
});

let unanswered = 0;
let outcomes = "";

function report(): void {
  const bytes = new TextEncoder().encode(outcomes);
  outcomes = "";
  for (let written = 0; written < bytes.length;) written += Deno.stdout.writeSync(bytes.subarray(written));
}

function send(partition: number, index: number): void {
  unanswered++;
  const value = `${name} ${index} ${"x".repeat(index * 7919 % 700)}`;
  producer.send({ topic, partition, key: null, value }).then(
    ({ offset }) => void (outcomes += `a ${partition} ${index} ${offset}\n`),
    (error) => void (outcomes += `f ${partition} ${index} ${String(error).replaceAll(/\s+/g, " ")}\n`),
  ).finally(() => unanswered--);
}

for (let index = 0; !isStopping;) {
  if (unanswered < MOST_UNANSWERED) {
    for (const end = index + RECORDS_PER_TURN; index < end; index++) {
      for (let partition = 0; partition < partitionCount; partition++) send(partition, index);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  report();
}
await producer.close();
report();
Deno.exit(0);
