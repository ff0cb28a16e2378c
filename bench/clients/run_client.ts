/**
 * One run of one client: a process that is given a task and says what came of it.
 * @module
 */
import { fileURLToPath } from "node:url";
import { consume, produce } from "../peers/rdkafka_performance.ts";
import type { Workload as PeersWorkload } from "../peers/workload.ts";
import { BATCH_BYTES } from "./driver.ts";
import type { Figures, Task } from "./workload.ts";

/** No run takes a tenth of this: who is still at it hangs. */
const TIMEOUT_MS = 120_000;
const LINGER_MS = 5;

const program = fileURLToPath(new URL("./client_process.ts", import.meta.url));

export async function runClient(task: Task, signal: AbortSignal): Promise<Figures> {
  return task.client === "rdkafka_performance"
    ? await runNative(task, signal)
    : await runScript(task, signal);
}

async function runScript(task: Task, stop: AbortSignal): Promise<Figures> {
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", program, JSON.stringify(task)],
    stdin: "null",
    signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
  }).output();
  const said = new TextDecoder().decode(stdout);
  if (code === 0) return JSON.parse(said);
  const why = signal === null ? `exit code ${code}` : `${signal}, at the latest after ${TIMEOUT_MS} ms`;
  throw new Error(`${task.client}, ${task.direction}: ${why}: ${said}\n${new TextDecoder().decode(stderr)}`);
}

async function runNative(task: Task, signal: AbortSignal): Promise<Figures> {
  const { bootstrap, topic, direction, recordBytes, records, partitions, codec } = task;
  const workload: PeersWorkload = {
    ...{ recordBytes, records, partitions, codec },
    batchBytes: BATCH_BYTES,
    lingerMs: LINGER_MS,
  };
  const run = direction === "produce"
    ? await produce(bootstrap, topic, workload, signal)
    : await consume(bootstrap, topic, workload, signal);
  return {
    recordsPerSecond: run.figures.recordsPerSecond,
    cpuSecondsPerMillion: (run.userSeconds + run.systemSeconds) / records * 1e6,
    callerNanoseconds: undefined,
  };
}
