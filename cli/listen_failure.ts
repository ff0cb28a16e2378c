/**
 * Why an address can't be listened on, as one sentence that says what to do about it.
 * @module
 */
import type { HostPort } from "../broker/config.ts";
import { formatHostPort } from "../broker/listeners.ts";

/** `error` is what the system, by whichever way, made of the attempt; `purpose` is what it was for: "HTTP". */
export function listenFailure(error: unknown, address: HostPort, purpose: string): string {
  const cannot = `can't listen on ${formatHostPort(address)} for ${purpose}`;
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return `${cannot}: another program has that port; stop it, or choose another port (0: any free one)`;
    case "EADDRNOTAVAIL":
      return `${cannot}: this machine has no such address; 0.0.0.0 is every address it has`;
    case "EACCES":
    case "EPERM":
      return `${cannot}: ports below 1024 are for privileged users; choose another`;
    case "ENOTFOUND":
      return `${cannot}: there is no host of that name; 0.0.0.0 is every address of this machine`;
    default:
      return `${cannot}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function errorCode(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error) return error.code;
  // The runtime has no code for a name that could not be looked up.
  return error.message.startsWith("failed to lookup address") ? "ENOTFOUND" : undefined;
}
