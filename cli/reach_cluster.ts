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
    const addresses = typeof bootstrap === "string" ? bootstrap.split(",") : bootstrap ?? [];
    const several = addresses.length > 1 ? `none of ${addresses.join(", ")} answers: ` : "";
    throw new CommandFailure(
      `${several}${error.message}; "milena serve" starts a broker, --bootstrap HOST:PORT names another`,
    );
  }
}
