/**
 * Which of the broker's log lines are told to people: those of a level and above. It may be changed while the broker runs
 * (KIP-412), and is what it was started with after the next start.
 * @module
 */
import type { Logger, LogLevel } from "../storage/environment.ts";

/** From the most talkative on. */
const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Kafka's names of levels, some of which are more than there are here. */
const named: Readonly<Record<string, LogLevel>> = {
  TRACE: "debug",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
  FATAL: "error",
};

export const logLevelNames = Object.keys(named);

/** The level that Kafka calls so. */
export function logLevelOf(name: string): LogLevel | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

export class LogThreshold {
  level: LogLevel;
  /** Passes on what is of the level or above. */
  readonly log: Logger;

  constructor(level: LogLevel, log: Logger) {
    this.level = level;
    this.log = (level, message) => {
      if (levels.indexOf(level) >= levels.indexOf(this.level)) log(level, message);
    };
  }
}
