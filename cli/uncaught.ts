/**
 * What nobody caught on this thread ends the process with a sentence in place of a stack.
 * @module
 */
import { ExitCode, type Terminal } from "./command.ts";

export function sayUncaught(terminal: Terminal, isVerbose: boolean): Disposable {
  const say = (event: Event, error: unknown) => {
    event.preventDefault();
    const message = error instanceof Error ? error.message : String(error);
    terminal.report(`milena: the main thread broke down: ${message}`);
    if (isVerbose && error instanceof Error) terminal.report(error.stack ?? "");
    Deno.exit(ExitCode.FAILURE);
  };
  const onError = (event: ErrorEvent) => say(event, event.error);
  const onRejection = (event: PromiseRejectionEvent) => say(event, event.reason);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    },
  };
}
