/**
 * What to say when nobody answers: the addresses, the reason, and what to do about it.
 * @module
 */
import { ClusterAwayError } from "../client/connection_error.ts";
import { CommandFailure } from "./command.ts";

/** What `work` gives. Throws a {@link CommandFailure} in place of a ClusterAwayError. */
export async function reachCluster<T>(
  bootstrap: readonly string[] | string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ClusterAwayError)) throw error;
    const addresses = typeof bootstrap === "string" ? bootstrap : bootstrap?.join(",") ?? "";
    throw new CommandFailure(
      `no broker answers at ${addresses}: ${error.message}. "milena serve" starts one; --bootstrap HOST:PORT names another`,
    );
  }
}
