/**
 * The form of a log line: time in UTC, level, message.
 * @module
 */
import type { Logger, LogLevel } from "../storage/environment.ts";
import type { Terminal } from "./command.ts";

/** "2026-01-02T03:04:05.678Z INFO message", in one line whatever the message holds. */
export function logLine(timeMs: number, level: LogLevel, message: string): string {
  return `${new Date(timeMs).toISOString()} ${level.toUpperCase()} ${message.replaceAll(/[\r\n]+/g, " ")}`;
}

/** A logger to standard error of all that it is given. */
export function plainLogger(terminal: Terminal): Logger {
  return (level, message) => terminal.report(logLine(Date.now(), level, message));
}

/** A logger to standard error. Debug lines appear with MILENA_DEBUG=1. */
export function terminalLogger(terminal: Terminal): Logger {
  const isVerbose = terminal.environment["MILENA_DEBUG"] === "1";
  const log = plainLogger(terminal);
  return (level, message) => {
    if (level !== "debug" || isVerbose) log(level, message);
  };
}
