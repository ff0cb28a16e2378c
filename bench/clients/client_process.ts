/**
 * One run of one JavaScript client, in this process and no other: `deno run client_process.ts TASK`, with the task as JSON.
 * Prints its figures as a line of JSON.
 * @module
 */
import { Buffer } from "node:buffer";
import { ClientMeter } from "../../cli/perf/client_meter.ts";
import { Payload } from "../../cli/perf/payload.ts";
import type { Driver, Meter, Values } from "./driver.ts";
import type { Figures, Task } from "./workload.ts";

export const jsClients = ["milena", "milena, defaults", "kafkajs", "platformatic"] as const;

async function driverOf(client: string): Promise<Driver> {
  switch (client) {
    case "milena":
      return (await import("./drivers/milena.ts")).driver;
    case "milena, defaults":
      return (await import("./drivers/milena.ts")).driverWithDefaults;
    case "kafkajs":
      return (await import("./drivers/kafkajs.ts")).driver;
    case "platformatic":
      return (await import("./drivers/platformatic.ts")).driver;
    default:
      throw new Error(`there is no driver of "${client}"`);
  }
}

/** Buffers, which the other clients' types want and for ours are bytes like any others. */
function valuesOf({ recordBytes }: Task): Values {
  const payload = new Payload({ kind: "json-like", recordBytes, seed: 1 });
  const list: Uint8Array[] = [];
  for (let at = 0; at < 10_000; at++) list.push(Buffer.from(payload.next(1, 0, at)));
  let next = 0;
  return {
    list,
    next() {
      const value = list[next]!;
      next = next + 1 === list.length ? 0 : next + 1;
      return value;
    },
  };
}

/** Time between begin and end, and the processor time that went into it. */
class RunMeter implements Meter {
  readonly #task: Task;
  #client: ClientMeter | undefined;
  #beginMs = 0;
  #figures: Figures | undefined;
  #taken = 0;

  constructor(task: Task) {
    this.#task = task;
  }

  begin(): void {
    this.#client = new ClientMeter();
    this.#beginMs = performance.now();
  }

  end(records = this.#task.records): void {
    const seconds = (performance.now() - this.#beginMs) / 1000;
    const { cpuSeconds, callerNanosecondsPerRecord } = this.#client!.read(records);
    this.#figures ??= {
      recordsPerSecond: records / seconds,
      cpuSecondsPerMillion: cpuSeconds / records * 1e6,
      callerNanoseconds: callerNanosecondsPerRecord,
    };
  }

  take(records: number): boolean {
    this.#taken += records;
    const { warmUp, records: wanted } = this.#task;
    if (this.#client === undefined) {
      if (this.#taken < warmUp) return false;
      this.#taken = 0;
      this.begin();
    } else if (this.#taken >= wanted && this.#figures === undefined) this.end(this.#taken);
    return this.#figures !== undefined;
  }

  get figures(): Figures {
    if (this.#figures === undefined) throw new Error(`${this.#task.client} came to no end`);
    return this.#figures;
  }
}

if (import.meta.main) {
  const task: Task = JSON.parse(Deno.args[0]!);
  const driver = await driverOf(task.client);
  const meter = new RunMeter(task);
  if (task.direction === "produce") await driver.produce(task, valuesOf(task), meter);
  else await driver.consume(task, meter);
  console.log(JSON.stringify(meter.figures));
  // A client that has not let go of everything must not hold up the next.
  Deno.exit(0);
}
