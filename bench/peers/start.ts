/**
 * What a broker takes before anybody uses it: time to the first answer, memory and processor time at rest.
 * @module
 */
import { BrokerProcess } from "./broker_process.ts";
import type { Launcher } from "./launchers.ts";
import { quiet } from "./machine.ts";
import type { MeasureOptions } from "./measure.ts";

export interface StartFigures {
  readonly broker: string;
  /** Milliseconds from exec to the first answer to ApiVersions, each time on a new data directory. */
  readonly startMs: readonly number[];
}

export interface RestFigures {
  readonly broker: string;
  readonly residentBytes: number;
  /** Processor time from exec until memory is looked at. */
  readonly secondsUntilThen: number;
  /** Processor time at rest, seconds in {@link REST_MS}. */
  readonly secondsAtRest: number;
}

export const REST_AFTER_MS = 5_000;
export const REST_MS = 10_000;

/** Starts every broker `times` times, one after the other, and leaves the last of each running in `keep`. */
export async function startAll(
  launchers: readonly Launcher[],
  times: number,
  keep: AsyncDisposableStack,
  { turns, patienceMs }: Pick<MeasureOptions, "turns" | "patienceMs">,
): Promise<{ brokers: BrokerProcess[]; starts: StartFigures[] }> {
  const brokers: BrokerProcess[] = [];
  const startMs = launchers.map((): number[] => []);
  for (let time = 1; time <= times; time++) {
    for (const [index, launcher] of launchers.entries()) {
      const command = await launcher.prepare();
      await quiet(patienceMs);
      const broker = await turns.take(() => BrokerProcess.start(command));
      startMs[index]!.push(broker.startMs);
      if (time === times) brokers.push(keep.use(broker));
      else await broker[Symbol.asyncDispose]();
    }
  }
  return {
    brokers,
    starts: launchers.map(({ name }, index) => ({ broker: name, startMs: startMs[index]! })),
  };
}

/** Looks at brokers that were started just now and have had nothing to do. */
export async function restOf(brokers: readonly BrokerProcess[]): Promise<RestFigures[]> {
  await new Promise((resolve) => setTimeout(resolve, REST_AFTER_MS));
  const before = brokers.map((broker) => broker.figures());
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return brokers.map((broker, index) => {
    const { residentBytes, userSeconds, systemSeconds } = before[index]!;
    const after = broker.figures();
    return {
      broker: broker.name,
      residentBytes,
      secondsUntilThen: userSeconds + systemSeconds,
      secondsAtRest: after.userSeconds + after.systemSeconds - userSeconds - systemSeconds,
    };
  });
}
